/**
 * Child processes for the scripts of this folder: run quietly and speak only of what failed, or run
 * in the foreground. No child gets standard input.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, with whatever the system puts between folders. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** A failure whose message is all that the reader needs: it is shown without a stack. */
export class ScriptError extends Error {}

/** The program of a development dependency, as a script for Node: works alike on every system. */
export function tool(/** @type {string} */ path) {
  return join(root, "node_modules", path);
}

/**
 * @typedef {object} Outcome
 * @property {number} code exit code; 1 if a signal ended the process
 * @property {string} output what it wrote to both streams, in order; empty when it was inherited
 * @property {number} elapsedMs
 */

/**
 * Runs a program from the root folder to its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ inherit?: boolean, shell?: boolean, env?: Record<string, string>, limitMs?: number }} [options]
 *   `inherit` shows the output while it comes instead of collecting it; after `limitMs` the program
 *   is ended, with all that it started.
 * @returns {Promise<Outcome>}
 */
export function run(command, args, options = {}) {
  const { inherit = false, shell = false, env = {}, limitMs } = options;
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const output = inherit ? "inherit" : "pipe";
    const child = spawn(command, args, {
      cwd: root,
      shell,
      stdio: ["ignore", output, output],
      env: { ...process.env, ...env },
      detached: limitMs !== undefined && hasProcessGroups, // a group, which can be ended as one
    });
    const chunks = /** @type {Buffer[]} */ ([]);
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.stderr?.on("data", (chunk) => chunks.push(chunk));
    const release = limitMs === undefined ? () => {} : limit(child, limitMs);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      release();
      if (signal !== null) chunks.push(Buffer.from(`\n${describeEnd(signal, limitMs)}\n`));
      resolve({
        code: code ?? 1,
        output: Buffer.concat(chunks).toString(),
        elapsedMs: performance.now() - startedMs,
      });
    });
  });
}

/**
 * @param {string} signal
 * @param {number | undefined} limitMs
 */
function describeEnd(signal, limitMs) {
  return limitMs === undefined
    ? `ended by ${signal}`
    : `ended by ${signal}; it may take ${seconds(limitMs)} at most`;
}

const hasProcessGroups = process.platform !== "win32";

/**
 * Ends a group of processes after `limitMs`, and with this process: an interrupt from the terminal
 * does not reach another group.
 *
 * @param {import("node:child_process").ChildProcess} child leads the group
 * @param {number} limitMs
 * @returns a function that releases the child from its limit
 */
function limit(child, limitMs) {
  const end = () => {
    if (hasProcessGroups && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  };
  const leave = () => {
    end();
    process.exit(1);
  };
  const timer = setTimeout(end, limitMs);
  process.on("SIGINT", leave).on("SIGTERM", leave);
  return () => {
    clearTimeout(timer);
    process.off("SIGINT", leave).off("SIGTERM", leave);
  };
}

/**
 * Runs a Node program in the foreground. An interrupt reaches it from the terminal, and what ends
 * this process alone is passed on to it; this process waits for it to clean up.
 *
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code
 */
export async function runInForeground(args) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const wait = () => {};
  const pass = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on("SIGINT", wait).on("SIGTERM", pass).on("SIGHUP", pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", wait).off("SIGTERM", pass).off("SIGHUP", pass);
  }
}

/** Runs a script's main function, and shows a {@link ScriptError} as plain text. */
export async function runScript(/** @type {() => Promise<number>} */ main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = 1;
    console.error(error instanceof ScriptError ? `\n${error.message}` : error);
  }
}

/** A duration as text, such as `1.2 s`. */
export function seconds(/** @type {number} */ elapsedMs) {
  return `${(elapsedMs / 1000).toFixed(1)} s`;
}
