import { expect, it } from "vitest";
import { formatConformance } from "./conformance-table.mjs";

/**
 * @param {string} cell
 * @param {string} test
 * @param {string} status
 * @param {string} [skipped]
 */
const result = (cell, test, status, skipped) => ({
  status,
  meta: { conformance: { cell, test, ...(skipped === undefined ? {} : { skipped }) } },
});
const report = (/** @type {object[]} */ ...assertionResults) =>
  JSON.stringify({ testResults: [{ assertionResults }] });

it("has a row for each test, a column for each cell, and a footnote for each reason", () => {
  const json = report(
    result("one", "State > adds", "passed"),
    result("one", "State > clears", "passed"),
    result("two", "State > adds", "failed"),
    result("two", "State > clears", "skipped", "there is no state"),
  );
  expect(formatConformance(json)?.split("\n")).toEqual([
    "[1] one",
    "[2] two",
    "a = skipped: there is no state",
    "",
    "                  [1]     [2]",
    "State: adds        ok  FAILED",
    "State: clears      ok       a",
  ]);
});

it("takes one line for a group whose tests are alike", () => {
  const json = report(
    result("one", "State > adds", "passed"),
    result("one", "State > clears", "passed"),
    result("one", "Sleep > sleeps", "passed"),
  );
  const rows = formatConformance(json)?.split("\n").slice(3);
  expect(rows).toEqual(["State: 2 tests   ok", "Sleep: sleeps    ok"]);
});

it("shows nothing of other suites", () => {
  expect(formatConformance(report({ status: "passed" }))).toBeUndefined();
  expect(formatConformance(undefined)).toBeUndefined();
});
