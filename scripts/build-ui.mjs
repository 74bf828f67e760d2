/**
 * Builds the web UI, if it is older than what it is made of. A server that runs from this tree hands
 * out what lies in `packages/ui/dist`.
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run, runScript, ScriptError, tool } from "./process.mjs";

const folder = join(root, "packages/ui");
const page = join(folder, "dist/index.html");
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
export async function buildUi() {
  const built = await stat(page).catch(() => undefined);
  const changed = await Promise.all(SOURCES.map((path) => changedAt(join(root, path))));
  if (built !== undefined && built.mtimeMs > Math.max(...changed)) {
    return { code: 0, output: "", elapsedMs: 0 };
  }
  // A test that builds would else get React as it is for developing, which is slower and larger.
  const env = { NODE_ENV: "production" };
  const outcome = await run(process.execPath, [tool("vite/bin/vite.js"), "build", folder], { env });
  // What has failed must not be taken for what is up to date.
  if (outcome.code !== 0) await rm(page, { force: true });
  return outcome;
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
