/**
 * `npm test`: sets up, checks types and style, and runs every suite. Its last line is
 * `N passed, M failed, K skipped`; a check that fails counts as one failure, and so does a suite
 * that breaks without naming a failed test.
 *
 *     npm test                     everything
 *     npm test -- engine sim       the checks and these suites
 *     npm run test:full            everything, at its larger sizes
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { installBrowser } from "./browser.mjs";
import { formatConformance } from "./conformance-table.mjs";
import { root, run, runScript, ScriptError, seconds, tool } from "./process.mjs";
import { compile, prepare } from "./setup.mjs";
import { countTests } from "./test-report.mjs";

const usage = `usage: npm test -- [--full] [suite …]

  --full   run the suites at their larger sizes (REJOIN_TEST_FULL=1)
  suite    only these suites: the name of a folder such as engine, sim or e2e`;

/** One suite may take so long before it counts as hung. */
const suiteLimitMs = { usual: 15 * 60_000, full: 60 * 60_000 };

/** No colours in collected output, whatever the surroundings say about a terminal. */
const plainText = { NO_COLOR: "1", FORCE_COLOR: "0" };

/**
 * Black-box tests wait for the programs that they start, and others compute: side by side they take
 * little more than the longer of the two. What takes longest begins first.
 */
const longest = ["e2e", "server", "conformance", "sim"];
const lanes = 2;

/** What holds for the whole tree, checked before the suites. */
const checks = [
  { name: "types", start: () => compile() },
  {
    name: "style",
    start: () => runTool("@biomejs/biome/bin/biome", ["check", "--max-diagnostics=200"]),
  },
  { name: "promises", start: () => runTool("oxlint/bin/oxlint", ["--type-aware", "--quiet"]) },
];

/** @typedef {{ name: string, source: string }} Suite */
/** @typedef {{ name: string, passed: number, failed: number, skipped: number, elapsedMs: number }} Row */

await runScript(async () => {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  const { full, names } = parseArguments(args);
  await prepare();
  if (full) await installBrowser();
  const suites = chooseSuites(await findSuites(), names);

  /** @type {Row[]} */
  const rows = [];
  for (const check of checks) rows.push(await runCheck(check));
  rows.push(...(await runInLanes(suites, full)));
  return summarize(rows);
});

/**
 * Runs the suites, some at a time; their rows are in the order of the suites.
 *
 * @param {readonly Suite[]} suites
 * @param {boolean} full
 * @returns {Promise<Row[]>}
 */
async function runInLanes(suites, full) {
  const rank = (/** @type {Suite} */ { name }) => longest.indexOf(name) + 1 || Infinity;
  const waiting = suites.toSorted((a, b) => rank(a) - rank(b) || 0);
  /** @type {Map<Suite, Row>} */
  const rows = new Map();
  const runLane = async () => {
    for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
      rows.set(suite, await runSuite(suite, full));
    }
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
  return suites.flatMap((suite) => rows.get(suite) ?? []);
}

/** @param {readonly string[]} args */
function parseArguments(args) {
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--full");
  if (unknown !== undefined) throw new ScriptError(`unknown option ${unknown}\n\n${usage}`);
  return {
    full: args.includes("--full"),
    names: args.filter((arg) => arg !== "--full"),
  };
}

/** Every folder that holds tests, in the order of dependence: packages, then what builds on them. */
async function findSuites() {
  const packages = ["protocol", "engine", "storage", "sdk", "server"];
  const others = (await readdir(join(root, "packages"))).filter((name) => !packages.includes(name));
  const examples = await readdir(join(root, "examples/typescript"));
  const folders = [
    "scripts",
    ...[...packages, ...others].map((name) => `packages/${name}`),
    "sim",
    "examples",
    ...examples.map((name) => `examples/typescript/${name}`),
    "e2e",
    "e2e/conformance",
    "bench",
  ];
  /** @type {Suite[]} */
  const suites = [];
  for (const folder of folders) {
    const source = folder === "scripts" ? folder : `${folder}/src`;
    const files = await readdir(join(root, source), { recursive: true }).catch(() => []);
    const holdsTests = files.some((file) => /\.test\.(ts|mjs)$/.test(file));
    if (holdsTests) suites.push({ name: basename(folder), source: join(root, source) });
  }
  return suites;
}

/**
 * @param {readonly Suite[]} suites
 * @param {readonly string[]} names
 */
function chooseSuites(suites, names) {
  const known = suites.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ScriptError(`no suite is called ${unknown}; there are ${known.join(", ")}`);
  }
  return names.length === 0 ? suites : suites.filter(({ name }) => names.includes(name));
}

/**
 * @param {string} path
 * @param {string[]} args
 */
function runTool(path, args) {
  return run(process.execPath, [tool(path), ...args], { env: plainText });
}

/** @returns {Promise<Row>} */
async function runCheck(/** @type {(typeof checks)[number]} */ { name, start }) {
  const { code, output, elapsedMs } = await start();
  if (code !== 0) console.log(`\n${output}`);
  console.log(`${name}: ${code === 0 ? "ok" : "FAILED"}, ${seconds(elapsedMs)}`);
  return { name, passed: 0, failed: code === 0 ? 0 : 1, skipped: 0, elapsedMs };
}

/**
 * @param {Suite} suite
 * @param {boolean} full
 * @returns {Promise<Row>}
 */
async function runSuite({ name, source }, full) {
  const scratch = await mkdtemp(join(tmpdir(), "rejoin-test-"));
  const report = join(scratch, "report.json");
  const options = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  // These wait for the programs that they start more than they work themselves.
  if (name === "e2e") options.push("--maxWorkers=2");
  const { code, output, elapsedMs } = await run(
    process.execPath,
    [tool("vitest/vitest.mjs"), "run", ...options, "--allowOnly=false", `${source}/`],
    {
      env: { ...plainText, ...(full ? { REJOIN_TEST_FULL: "1" } : {}) },
      limitMs: full ? suiteLimitMs.full : suiteLimitMs.usual,
    },
  );
  const json = await readFile(report, "utf8").catch(() => undefined);
  const counts = countTests(json, code);
  await rm(scratch, { recursive: true, force: true });
  if (counts.failed > 0) console.log(`\n${output}`);
  else
    for (const [line] of output.matchAll(/^(?:\*\*\* NOT TESTED|bundle of ).*$/gm))
      console.log(line);
  const conformance = formatConformance(json);
  if (conformance !== undefined) console.log(`\n${conformance}\n`);
  console.log(
    `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ` +
      seconds(elapsedMs),
  );
  return { name, ...counts, elapsedMs };
}

/**
 * Prints the table and the closing line.
 *
 * @param {readonly Row[]} rows
 * @returns the exit code
 */
function summarize(rows) {
  const sum = (/** @type {"passed" | "failed" | "skipped"} */ key) =>
    rows.reduce((total, row) => total + row[key], 0);
  const isCheck = (/** @type {Row} */ row) => checks.some(({ name }) => name === row.name);
  const table = rows.map((row) => {
    const counts = isCheck(row)
      ? [row.failed === 0 ? "ok" : "", row.failed === 0 ? "" : "FAILED", ""]
      : [`${row.passed}`, `${row.failed}`, `${row.skipped}`];
    return [row.name, ...counts, seconds(row.elapsedMs)];
  });
  table.unshift(["", "passed", "failed", "skipped", "time"]);
  const nameWidth = Math.max(...table.map(([name = ""]) => name.length));
  console.log();
  for (const [name = "", ...cells] of table) {
    console.log(name.padEnd(nameWidth) + cells.map((cell) => cell.padStart(10)).join(""));
  }
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`);
  return sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;
}
