import { describe, expect, it } from "vitest";
import { countTests } from "./test-report.mjs";

const file = (/** @type {string} */ status, /** @type {string[]} */ ...tests) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});
const report = (/** @type {ReturnType<typeof file>[]} */ ...testResults) =>
  JSON.stringify({ testResults });

describe("countTests", () => {
  it("sums over files, and counts every test that did not run as skipped", () => {
    const json = report(file("passed", "passed", "skipped", "todo"), file("passed", "passed"));
    expect(countTests(json, 0)).toEqual({ passed: 2, failed: 0, skipped: 2 });
  });

  it("counts a failed test once", () => {
    const json = report(file("failed", "passed", "failed"));
    expect(countTests(json, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("counts a file that does not load as a failure", () => {
    const json = report(file("failed"), file("passed", "passed"));
    expect(countTests(json, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it("counts a run that fails though every test passes, or that leaves no report", () => {
    expect(countTests(report(file("passed", "passed")), 1).failed).toBe(1);
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
