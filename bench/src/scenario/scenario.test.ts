import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@rejoin/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Resources } from "../resources.ts";
import { directoryBytes } from "../target/directory-bytes.ts";
import { ownUsage } from "../target/own-usage.ts";
import { rejoinHttp2Target, rejoinTarget, takesServer } from "../target/rejoin.ts";
import { openServer } from "../target/server.ts";
import type { Target } from "../target/target.ts";
import { createServices } from "../work/services.ts";
import { coldStart } from "./cold-start.ts";
import { createIdle } from "./idle.ts";
import { measureScenario, type Scenario } from "./scenario.ts";
import { createSleeping } from "./sleeping.ts";
import { createSoak } from "./soak.ts";

const full = process.env.REJOIN_TEST_FULL === "1";

const resources = new Resources();
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rejoin-bench-test-"));
});
afterAll(async () => {
  resources.releaseAll();
  await rm(directory, { recursive: true, force: true });
});

/** The server of a target, without the process around it; nobody can kill it. */
const inThisProcess: Target = {
  name: "here",
  facts: {},
  supports: takesServer,
  open: async (context) => {
    const data = context.resources.temporaryDirectory(context.directory);
    const opened = await openServer(data.path, createServices(sdk));
    return {
      ingressUrl: opened.ingressUrl,
      server: {
        adminUrl: opened.adminUrl,
        kill: () => Promise.reject(new Error("it would end the tests")),
        start: () => Promise.reject(new Error("it runs")),
      },
      // As if it did nothing, so that nobody waits for the other tests in this process.
      usage: async () => ({
        processes: [{ name: "test", ...ownUsage(), cpuUs: 1000 }],
        counters: opened.counters(),
      }),
      profilers: [],
      failed: new Promise<never>(() => undefined),
      dataBytes: () => directoryBytes(data.path),
      close: async () => {
        await opened.close();
        data.remove();
        return { dataBytes: 0 };
      },
    };
  },
};

async function measure(scenario: Scenario, target: Target = inThisProcess, runs = 2) {
  const lines: string[] = [];
  const progress = (line: string) => lines.push(line);
  const context = { resources, directory, limitMs: 60_000, runs, progress };
  const rows = await measureScenario(scenario, [target], context);
  return { rows, lines, value: (name: string) => rows.find((row) => row.metric === name)?.value };
}

describe("scenarios", () => {
  it("time a cold start as often as they are told, and leave nothing behind", async () => {
    const { rows } = await measure(coldStart);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ scenario: "cold-start", target: "here", unit: "ms" });
    expect(rows[0]?.samples).toHaveLength(2);
    expect(rows[0]?.value).toBeGreaterThan(0);
    expect(await readdir(directory)).toEqual([]);
  });

  it("look at an idle server once", async () => {
    const { rows, value } = await measure(createIdle(10));
    expect(rows.map(({ samples }) => samples.length)).toEqual([1, 1]);
    expect(value("memory of server")).toBeGreaterThan(10);
    expect(value("CPU of server")).toBe(0);
  });

  it("soak a server with fan-outs, minute by minute", async () => {
    const soak = createSoak({ minutes: 4, subtasks: 5, minuteMs: 20 });
    const { value, lines } = await measure(soak);
    expect(lines.filter((line) => line.includes("minute"))).toHaveLength(5);
    expect(value("rate of the last minute")).toBeGreaterThan(0);
    expect(value("the last minute's rate over the second's")).toBeGreaterThan(0);
    expect(value("store off its size at minute 3")).toBeGreaterThanOrEqual(0);
    expect(value("store at the end")).toBeGreaterThan(0);
    expect(value("p99 of commits, at most")).toBeGreaterThan(0);
  });

  it("do not compare minutes that there were not", async () => {
    const { value } = await measure(createSoak({ minutes: 1, subtasks: 2, minuteMs: 1 }));
    expect(value("rate of the last minute")).toBeGreaterThan(0);
    expect(value("the last minute's rate over the second's")).toBeUndefined();
    expect(value("store off its size at minute 3")).toBeUndefined();
  });
});

describe.runIf(full)("a server that is killed with sleeping invocations", () => {
  it.each([rejoinTarget, rejoinHttp2Target])(
    "has all of them again: $name",
    async (target) => {
      const { rows, value } = await measure(createSleeping(2500), target);
      expect(rows).toHaveLength(5);
      expect(value("accepted")).toBeGreaterThan(0);
      expect(value("first answer after a restart")).toBeGreaterThan(0);
      expect(value("overdue timer after a restart")).toBeGreaterThan(0);
      expect(await readdir(directory)).toEqual([]);
    },
    120_000,
  );
});
