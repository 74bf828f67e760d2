/**
 * What the conformance suite has shown, as a table of its tests and cells. A cell is a combination of
 * server, SDK, transport and protocol; which one a test ran in, and why it was skipped there, it
 * leaves in its `meta`.
 *
 * @typedef {{ cell: string, test: string, skipped?: string }} Place
 * @typedef {{ status: string, meta?: { conformance?: Place } }} TestReport
 * @typedef {{ testResults: { assertionResults: TestReport[] }[] }} Report
 * @typedef {{ group: string, test: string, marks: string[] }} Row
 */

/**
 * Formats the table from a report of Vitest's JSON reporter. A group whose tests are alike in every
 * cell takes one line. `undefined` if the report holds no test of the suite.
 *
 * @param {string | undefined} json
 * @returns {string | undefined}
 */
export function formatConformance(json) {
  const results = json === undefined ? [] : readResults(/** @type {Report} */ (JSON.parse(json)));
  if (results.length === 0) return undefined;
  const cells = [...new Set(results.map(({ place }) => place.cell))];
  const reasons = [...new Set(results.flatMap(({ place }) => place.skipped ?? []))];
  const rows = mergeAlike(toRows(results, cells, reasons));
  return [
    ...cells.map((cell, index) => `[${index + 1}] ${cell}`),
    ...reasons.map((reason, index) => `${footnote(index)} = skipped: ${reason}`),
    "",
    ...align([
      ["", ...cells.map((_, index) => `[${index + 1}]`)],
      ...rows.map(({ group, test, marks }) => [`${group}: ${test}`, ...marks]),
    ]),
  ].join("\n");
}

/** @param {Report} report */
function readResults({ testResults }) {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .flatMap(({ status, meta }) =>
      meta?.conformance === undefined ? [] : [{ status, place: meta.conformance }],
    );
}

/**
 * @param {{ status: string, place: Place }[]} results
 * @param {string[]} cells
 * @param {string[]} reasons
 */
function toRows(results, cells, reasons) {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  for (const { status, place } of results) {
    const [group = "", test = ""] = place.test.split(" > ");
    const row = rows.get(place.test) ?? { group, test, marks: cells.map(() => "") };
    rows.set(place.test, row);
    row.marks[cells.indexOf(place.cell)] = markOf(status, place, reasons);
  }
  return [...rows.values()];
}

/**
 * @param {string} status
 * @param {Place} place
 * @param {string[]} reasons
 */
function markOf(status, { skipped }, reasons) {
  if (skipped !== undefined) return footnote(reasons.indexOf(skipped));
  return status === "passed" ? "ok" : "FAILED";
}

/** `a`, `b`, … `z`, `aa`, … */
function footnote(/** @type {number} */ index) {
  const letter = String.fromCharCode("a".charCodeAt(0) + (index % 26));
  return letter.repeat(Math.floor(index / 26) + 1);
}

/** @param {Row[]} rows */
function mergeAlike(rows) {
  const groups = [...new Set(rows.map(({ group }) => group))];
  return groups.flatMap((group) => {
    const own = rows.filter((row) => row.group === group);
    const [first] = own;
    const alike = own.every((row) => row.marks.join() === first?.marks.join());
    if (first === undefined || own.length === 1 || !alike) return own;
    return [{ ...first, test: `${own.length} tests` }];
  });
}

/** @param {string[][]} table */
function align(table) {
  const nameWidth = Math.max(...table.map(([name = ""]) => name.length));
  const markWidth = Math.max(...table.flatMap(([, ...marks]) => marks.map((mark) => mark.length)));
  return table.map(
    ([name = "", ...marks]) =>
      name.padEnd(nameWidth) + marks.map((mark) => mark.padStart(markWidth + 2)).join(""),
  );
}
