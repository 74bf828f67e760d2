/**
 * Puts the program `rejoin` into few files: in `packages/cli/dist/program` lies what the compiler has
 * made, or would make, of the command line and of all packages below it, with the libraries that a
 * server loads when it starts. Node takes longer to find and read eight hundred modules than a server
 * takes to start.
 *
 * What only some servers need is loaded when they do, and stays in packages of its own; so does what
 * is made for one system, and what an app has to share with the program.
 */
import { existsSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, runScript, ScriptError } from "./process.mjs";

/** Those whose code is in the program. */
const PACKAGES = ["protocol", "engine", "storage", "sdk", "client", "server", "cli"];
const folder = join(root, "packages/cli/dist/program");
/** The file that runs; the others are loaded by it. */
const main = join(folder, "rejoin.js");
const script = fileURLToPath(import.meta.url);

/** Builds the program unless it is newer than all that the compiler has made. */
export async function buildProgram() {
  // A build of one package leaves out the others, and with them this.
  const compiled = PACKAGES.map((name) =>
    join(root, "packages", name, "dist/tsconfig.tsbuildinfo"),
  );
  if (!compiled.every((file) => existsSync(file))) return;
  // The libraries that are inside may be others than before.
  const installed = join(root, "package-lock.json");
  const sources = [...compiled, installed, script];
  const changed = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  const made = statSync(main, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (made > changed) return;
  const files = await bundle();
  if (await isThere(files)) await utimes(main, new Date(), new Date());
  else await replace(files);
}

/** @typedef {ReadonlyMap<string, Uint8Array>} Files contents by their names */

/** @returns {Promise<Files>} */
async function bundle() {
  // Not before it is needed: the dependencies may have been installed a moment ago.
  const { build } = await import("esbuild");
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      rejoin: "packages/cli/dist/main.js",
      // What starts it looks for it beside itself, by this name.
      main: "packages/server/dist/introspection/process/main.js",
    },
    outdir: folder,
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: await externals(),
    banner: { js: REQUIRE },
    sourcemap: true,
    sourcesContent: false,
    legalComments: "none",
    logLevel: "error",
    metafile: true,
  });
  await assertDeclared(metafile);
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const inputs = Object.keys(metafile.inputs);
  return files.set("licenses.txt", Buffer.from(await licensesOf(inputs)));
}

/** Libraries that are CommonJS ask for modules of Node by it. */
const REQUIRE = `import { createRequire as $createRequire } from "node:module";
const require = $createRequire(import.meta.url);`;

/** Libraries that are small, and needed by every server or every command. */
const INSIDE = [
  "@hono/node-server",
  "@hono/zod-openapi",
  "@noble/hashes",
  "cli-table3",
  "commander",
  "hono",
  "picocolors",
  "smol-toml",
  "string-width",
  "zod",
];

/** What the packages depend on otherwise. */
async function externals() {
  const manifests = await Promise.all(
    PACKAGES.map((name) => readManifest(join(root, "packages", name))),
  );
  const names = manifests.flatMap(dependenciesOf);
  return [...new Set(names)].filter(
    (name) => !INSIDE.includes(name) && !name.startsWith("@rejoin/"),
  );
}

/**
 * The program looks for what is not inside from where it lies.
 *
 * @param {import("esbuild").Metafile} metafile
 */
async function assertDeclared({ outputs }) {
  const declared = dependenciesOf(await readManifest(join(root, "packages/cli")));
  const imported = Object.values(outputs).flatMap(({ imports }) => imports);
  for (const { path, external } of imported) {
    if (external !== true || isBuiltin(path)) continue;
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;
    if (declared.includes(name)) continue;
    throw new ScriptError(
      `the program rejoin imports ${name}: add it to the dependencies in packages/cli/package.json`,
    );
  }
}

function dependenciesOf(/** @type {Manifest} */ { dependencies, optionalDependencies }) {
  return Object.keys({ ...dependencies, ...optionalDependencies });
}

/**
 * The licenses of the libraries that are inside.
 *
 * @param {readonly string[]} inputs
 */
async function licensesOf(inputs) {
  const found = inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const packages = [...new Set(found)].filter((path) => path !== undefined).sort();
  const texts = await Promise.all(
    packages.map(async (path) => {
      const at = join(root, path);
      const { name, version, license, homepage } = await readManifest(at);
      const file = (await readdir(at)).find((entry) => /^licen[cs]e/i.test(entry));
      // Some packages leave it in the repository that they come from.
      const text =
        file === undefined ? `see ${homepage}\n` : await readFile(join(at, file), "utf8");
      return `${name} ${version}: ${license}\n\n${text}`;
    }),
  );
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * @typedef {{
 *   name: string, version: string, license: string, homepage?: string,
 *   dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>,
 * }} Manifest
 */

/**
 * @param {string} at
 * @returns {Promise<Manifest>}
 */
async function readManifest(at) {
  return JSON.parse(await readFile(join(at, "package.json"), "utf8"));
}

/** Whether just these files are there: a program that runs may still want to load some. */
async function isThere(/** @type {Files} */ files) {
  const there = await readdir(folder).catch(() => []);
  if (there.length !== files.size || !there.every((name) => files.has(name))) return false;
  const same = await Promise.all(
    [...files].map(async ([name, text]) => (await readFile(join(folder, name))).equals(text)),
  );
  return same.every(Boolean);
}

/** All at once: somebody may be starting the program, or building it too. */
async function replace(/** @type {Files} */ files) {
  const aside = `${folder}-${process.pid}`;
  await mkdir(aside, { recursive: true });
  await Promise.all([...files].map(([name, text]) => writeFile(join(aside, name), text)));
  const former = `${aside}-former`;
  await rename(folder, former).catch(() => undefined);
  // Whoever was faster has built the same.
  await rename(aside, folder).catch(() => rm(aside, { recursive: true }));
  await rm(former, { recursive: true, force: true });
}

if (process.argv[1] === script) {
  await runScript(async () => {
    await buildProgram();
    return 0;
  });
}
