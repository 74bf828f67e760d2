/**
 * What every script needs before its own work: the right Node, the dependencies of the lock file,
 * and the compiled programs. Each step costs next to nothing when there is nothing to do.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildCommonJs } from "./build-commonjs.mjs";
import { buildProgram } from "./build-program.mjs";
import { buildUi } from "./build-ui.mjs";
import { root, run, ScriptError, tool } from "./process.mjs";

/** @typedef {{ packages: Record<string, { version?: string, optional?: boolean }> }} Lock */

const nodeFloor = /** @type {const} */ ([20, 20]);

/** Checks Node, installs what is missing and builds `projects`; all projects unless some are named. */
export async function setUp(/** @type {readonly string[]} */ projects = []) {
  await prepare();
  await build(projects);
}

/** Checks Node and installs what is missing. */
export async function prepare() {
  assertNodeVersion(process.versions.node);
  await install();
}

/** Throws unless `version` is new enough. */
export function assertNodeVersion(/** @type {string} */ version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [floorMajor, floorMinor] = nodeFloor;
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return;
  throw new ScriptError(
    `Rejoin needs Node ${floorMajor}.${floorMinor} or newer, and this is ${version}. ` +
      "Install a newer Node and run the command again.",
  );
}

async function install() {
  const wanted = await readLock("package-lock.json");
  if (wanted === undefined) throw new ScriptError("package-lock.json is missing");
  const installed = await readLock("node_modules/.package-lock.json");
  if (installed !== undefined && satisfies(installed, wanted)) return;

  console.log("installing the dependencies …");
  // Not `npm ci`: it refuses a lock file that lacks another system's optional binaries, which npm
  // leaves out whenever the registry in use does not carry them. This installs the same versions.
  const npm = await run("npm install --no-save", [], { shell: true });
  if (npm.code !== 0) {
    throw new ScriptError(`${npm.output}\nThe dependencies could not be installed: see above.`);
  }
}

async function readLock(/** @type {string} */ path) {
  try {
    return /** @type {Lock} */ (JSON.parse(await readFile(join(root, path), "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * Whether `node_modules` holds what the lock file says. Optional packages may be absent: most are
 * for other systems.
 *
 * @param {Lock} installed
 * @param {Lock} wanted
 */
export function satisfies(installed, wanted) {
  return Object.entries(wanted.packages).every(([path, entry]) => {
    const there = installed.packages[path];
    if (path === "") return true; // the workspace itself, which npm does not list as installed
    return there === undefined ? entry.optional === true : there.version === entry.version;
  });
}

/**
 * Builds `projects` (folders with a `tsconfig.json`) and what they refer to; everything, with the
 * types of the tests, if none is named. What is published in both forms gets CommonJS too.
 */
export async function build(/** @type {readonly string[]} */ projects = []) {
  const outcome = await compile(projects);
  if (outcome.code !== 0) {
    throw new ScriptError(`${outcome.output}\nThe build failed: see above.`);
  }
}

/** Runs the compiler, adds CommonJS and the program, and builds the web UI if all is built. */
export async function compile(/** @type {readonly string[]} */ projects = []) {
  const outcome = await runTypeScript(projects);
  if (outcome.code !== 0) return outcome;
  await Promise.all([buildCommonJs(), buildProgram()]);
  return projects.length === 0 ? buildUi() : outcome;
}

/** The compiler, which itself knows what is stale. */
function runTypeScript(/** @type {readonly string[]} */ projects = []) {
  return run(process.execPath, [tool("typescript/bin/tsc"), "-b", ...projects]);
}
