/** Work that only one process at a time may do, such as filling a folder that others fill too. */
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";

const AGAIN_MS = 100;
/** Another process may have the number of one that has long been killed. */
const STALE_MS = 600_000;
/** Its owner has made it, and not written into it yet. */
const EMPTY_STALE_MS = 10_000;

/**
 * Does `work` while this process has the file at `path`; gives what that gives.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  await mkdir(dirname(path), { recursive: true });
  while (!(await take(path))) await setTimeout(AGAIN_MS);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(/** @type {string} */ path) {
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    if (await isStale(path)) await rm(path, { force: true });
    return false;
  }
}

async function isStale(/** @type {string} */ path) {
  try {
    const ageMs = Date.now() - (await stat(path)).mtimeMs;
    const owner = Number(await readFile(path, "utf8"));
    if (ageMs > STALE_MS) return true;
    return owner === 0 ? ageMs > EMPTY_STALE_MS : !isAlive(owner);
  } catch {
    // Its owner has just removed it.
    return false;
  }
}

function isAlive(/** @type {number} */ pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
