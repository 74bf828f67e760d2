/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileReport
 * @typedef {{ testResults: FileReport[] }} Report
 */

/**
 * Counts the tests in a report of Vitest's JSON reporter. What broke without a failed test (a file
 * that does not load, an error that nobody caught, no report at all) counts as one failure each.
 *
 * @param {string | undefined} json the report; `undefined` if there is none
 * @param {number} exitCode of the run that wrote it
 */
export function countTests(json, exitCode) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of json === undefined
    ? []
    : /** @type {Report} */ (JSON.parse(json)).testResults) {
    const failedBefore = counts.failed;
    for (const { status } of file.assertionResults) {
      if (status === "passed") counts.passed += 1;
      else if (status === "failed") counts.failed += 1;
      else counts.skipped += 1;
    }
    if (file.status === "failed" && counts.failed === failedBefore) counts.failed += 1;
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
