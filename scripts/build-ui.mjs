/**
 * Builds the web UI, if it is older than what it is made of. A server that runs from this tree hands
 * out what lies in `packages/ui/dist`.
 */
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { root, run, runScript, ScriptError, tool } from "./process.mjs";

const folder = join(root, "packages/ui");
const dist = join(folder, "dist");
const page = join(dist, "index.html");
/** Where it is built: a build that is killed leaves what there was. */
const aside = join(folder, "node_modules/.build-ui");
const lock = join(root, "node_modules/.cache/rejoin-build-ui.lock");
/** What the bundle is made of; the versions of libraries are in the lock file. */
const SOURCES = [
  "packages/ui/src",
  "packages/ui/public",
  "packages/ui/index.html",
  "packages/ui/vite.config.ts",
  "packages/client/src",
  "docs/errors",
  "package-lock.json",
];
const NOT_BUNDLED = /\.test\.|[\\/]testing[\\/]/;

/** Gives how it went, like any program; there is nothing to do most of the time. */
export function buildUi() {
  // Two at a time would mix their files.
  return withLock(lock, buildIfStale);
}

async function buildIfStale() {
  const built = await stat(page).catch(() => undefined);
  const changed = await Promise.all(SOURCES.map((path) => changedAt(join(root, path))));
  if (built !== undefined && built.mtimeMs > Math.max(...changed)) {
    return { code: 0, output: "", elapsedMs: 0 };
  }
  // A test that builds would else get React as it is for developing, which is slower and larger.
  const env = { NODE_ENV: "production" };
  const vite = [tool("vite/bin/vite.js"), "build", folder, "--outDir", aside, "--emptyOutDir"];
  const outcome = await run(process.execPath, vite, { env });
  // What was there before is out of date, and must not be taken for what this would have built.
  await rm(dist, { recursive: true, force: true });
  if (outcome.code === 0) await replaceDist();
  return outcome;
}

const TRIES = 5;

/** The compiler may put what it knows of the types there, at any moment. */
async function replaceDist() {
  for (let tries = 1; ; tries++) {
    try {
      await rename(aside, dist);
      return;
    } catch (error) {
      if (tries === TRIES) throw error;
      await rm(dist, { recursive: true, force: true });
    }
  }
}

/** When a file, or the latest of a folder, was changed. */
async function changedAt(/** @type {string} */ path) {
  const found = await stat(path);
  if (!found.isDirectory()) return found.mtimeMs;
  const inside = await readdir(path, { recursive: true });
  const times = await Promise.all(
    inside
      .filter((file) => !NOT_BUNDLED.test(file))
      .map(async (file) => (await stat(join(path, file))).mtimeMs),
  );
  return Math.max(found.mtimeMs, ...times);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runScript(async () => {
    const { code, output } = await buildUi();
    if (code !== 0) throw new ScriptError(output);
    console.log(output.trim().split("\n").at(-1) || "the web UI is up to date");
    return 0;
  });
}
