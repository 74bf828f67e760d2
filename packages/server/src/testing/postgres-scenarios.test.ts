/** The scenario suite over PostgreSQL: what comes to the same over memory comes to it there too. */
import { describe, it } from "vitest";
import { createPostgresStorage } from "./postgres-storage.ts";
import { scenarioSuite } from "./scenarios.suite.ts";

const url = process.env.REJOIN_TEST_POSTGRES_URL;

describe("over PostgreSQL", () => {
  if (url === undefined) {
    it("needs a server", (context) => {
      context.skip("REJOIN_TEST_POSTGRES_URL is not set: npm run test:postgres sets it");
    });
    return;
  }
  const createStorage = (partitionCount: number) => createPostgresStorage(url, partitionCount);
  scenarioSuite({ partitions: 4, cache: "full", mailbox: "plain", createStorage });
  scenarioSuite({ partitions: 4, cache: "tiny", mailbox: "chaotic", seed: 4, createStorage });
});
