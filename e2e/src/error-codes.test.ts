/**
 * Every code of the catalogue: what makes the real server say it, and which test does that. The
 * table below is complete by its type; what it says is checked.
 */
import { readFile } from "node:fs/promises";
import { ERROR_CODES, type ErrorCode } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";

/** The file of `e2e/src` that provokes the code, or that the server never says it. */
const PROVOKED_IN: Readonly<Record<ErrorCode, string | "never">> = {
  RT0001: "bad-endpoints.test.ts",
  RT0002: "error-codes-at-start.test.ts",
  RT0003: "bad-endpoints.test.ts",
  RT0004: "error-codes-at-start.test.ts",
  RT0005: "error-codes-at-start.test.ts",
  RT0006: "damaged-journal.test.ts",
  RT0007: "bad-endpoints.test.ts",
  RT0009: "error-codes-at-start.test.ts",
  RT0010: "bad-endpoints.test.ts",
  RT0011: "error-codes-of-attempts.test.ts",
  RT0012: "bad-endpoints.test.ts",
  RT0013: "error-codes-of-attempts.test.ts",
  RT0014: "never",
  RT0015: "bad-endpoints.test.ts",
  RT0016: "bad-endpoints.test.ts",
  RT0017: "error-codes-of-attempts.test.ts",
  RT0018: "bad-endpoints.test.ts",
  RT0019: "bad-endpoints.test.ts",
  RT0020: "never",
  RT0021: "error-codes-of-deployments.test.ts",
  RT0022: "error-codes-of-deployments.test.ts",
  RT0023: "bad-endpoints.test.ts",
  RT0024: "error-codes-of-attempts.test.ts",
  RT0025: "error-codes-of-attempts.test.ts",
  META0003: "bad-endpoints.test.ts",
  META0004: "error-codes-of-deployments.test.ts",
  META0005: "bad-endpoints.test.ts",
  META0006: "error-codes-of-deployments.test.ts",
  META0009: "never",
  META0010: "never",
  META0011: "never",
  META0012: "bad-endpoints.test.ts",
  META0013: "bad-endpoints.test.ts",
  META0014: "bad-endpoints.test.ts",
  META0015: "error-codes-of-deployments.test.ts",
  META0016: "error-codes-of-deployments.test.ts",
  META0017: "never",
};

/** What the page of a code says that the server never says. */
const NEVER_SAID = "Rejoin never reports this code";

describe.each(Object.entries(PROVOKED_IN))("%s", (code, place) => {
  it(
    place === "never" ? "is never said, as its page says" : `is provoked in ${place}`,
    async () => {
      const page = await readFile(new URL(`../../docs/errors/${code}.md`, import.meta.url), "utf8");
      expect(page.includes(NEVER_SAID)).toBe(place === "never");
      if (place === "never") return;
      const test = await readFile(new URL(place, import.meta.url), "utf8");
      expect(test).toMatch(new RegExp(String.raw`\b${code}\b`));
    },
  );
});

it("the table has the codes of the catalogue, in their order", () => {
  expect(Object.keys(PROVOKED_IN)).toEqual(Object.keys(ERROR_CODES));
});
