/**
 * Adds CommonJS to what the compiler has made of the published packages: in `dist/cjs` lie the same
 * modules under the same names, with the same declarations, and a `package.json` that says what they
 * are. The compiler's own output must be there.
 *
 * Packages that are ECMAScript modules only become part of the modules that import them, and their
 * licenses lie beside them.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root, ScriptError } from "./process.mjs";

/** The folders below `packages` that are published in both forms. */
const PACKAGES = ["protocol", "sdk", "client", "engine", "storage", "server", "testing"];
/** What `require` cannot load everywhere. */
const MODULES_ONLY = /^@noble\//;
const LEFT_OUT = /\.(test|suite|bench)\.|(^|[\\/])(cjs|testing)[\\/]/;

/** Writes `dist/cjs` of every package whose `dist` is newer; of all that are compiled unless named. */
export async function buildCommonJs(/** @type {readonly string[]} */ names = []) {
  const chosen = names.length > 0 ? names : PACKAGES.filter((name) => existsSync(distOf(name)));
  await Promise.all(chosen.map(buildPackage));
}

function distOf(/** @type {string} */ name) {
  return join(root, "packages", name, "dist");
}

async function buildPackage(/** @type {string} */ name) {
  const dist = distOf(name);
  const there = await readdir(dist, { recursive: true }).catch(() => []);
  const files = there.filter((file) => !LEFT_OUT.test(file));
  const modules = files.filter((file) => file.endsWith(".js"));
  const declarations = files.filter((file) => file.endsWith(".d.ts"));
  if (modules.length === 0) {
    throw new ScriptError(`packages/${name} is not compiled; run npm run build first`);
  }
  const marker = join(dist, "cjs", "package.json");
  if (await isFresh(marker, [...modules, ...declarations], dist)) return;
  await rm(join(dist, "cjs"), { recursive: true, force: true });
  await Promise.all([
    convert(modules, dist),
    ...declarations.map((file) => copyDeclarations(join(dist, file), join(dist, "cjs", file))),
  ]);
  await writeFile(marker, `${JSON.stringify({ type: "commonjs" })}\n`);
}

/**
 * Whether what is marked was made of all of `files`, and of no others.
 *
 * @param {string} marker
 * @param {readonly string[]} files
 * @param {string} dist
 */
async function isFresh(marker, files, dist) {
  const made = await stat(marker).catch(() => undefined);
  if (made === undefined) return false;
  const times = await Promise.all(
    files.map(async (file) => (await stat(join(dist, file))).mtimeMs),
  );
  const script = await stat(fileURLToPath(import.meta.url));
  const there = (await readdir(join(dist, "cjs"), { recursive: true })).filter((file) =>
    /\.(js|d\.ts)$/.test(file),
  );
  return there.length === files.length && Math.max(...times, script.mtimeMs) < made.mtimeMs;
}

/**
 * @param {readonly string[]} modules
 * @param {string} dist
 */
async function convert(modules, dist) {
  // Not before it is needed: the dependencies may have been installed a moment ago.
  const { build } = await import("esbuild");
  const { metafile } = await build({
    entryPoints: modules.map((file) => join(dist, file)),
    outdir: join(dist, "cjs"),
    outbase: dist,
    bundle: true,
    plugins: [onlyModulesInside],
    format: "cjs",
    platform: "node",
    target: "node20",
    sourcemap: true,
    sourcesContent: false,
    logLevel: "error",
    metafile: true,
  });
  await copyLicenses(Object.keys(metafile.inputs), join(dist, "cjs/licenses"));
}

/**
 * Those of the packages that the modules now hold.
 *
 * @param {readonly string[]} inputs
 * @param {string} to
 */
async function copyLicenses(inputs, to) {
  const packages = inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  for (const name of new Set(packages)) {
    if (name === undefined) continue;
    await mkdir(to, { recursive: true });
    const license = join(root, "node_modules", name, "LICENSE");
    await copyFile(license, join(to, `${name.replace("/", "-")}.txt`));
  }
}

/** Leaves every import as it is, but for those of packages that `require` cannot load. */
const onlyModulesInside = {
  name: "only-modules-inside",
  /** @param {import("esbuild").PluginBuild} plugin */
  setup(plugin) {
    plugin.onResolve({ filter: /.*/ }, ({ kind, path, importer }) => {
      if (kind === "entry-point" || MODULES_ONLY.test(path)) return undefined;
      return /[\\/]@noble[\\/]/.test(importer) ? undefined : { path, external: true };
    });
  },
};

/** @param {string} from @param {string} to */
async function copyDeclarations(from, to) {
  const text = await readFile(from, "utf8");
  await mkdir(dirname(to), { recursive: true });
  // The map is beside the original only.
  await writeFile(to, text.replace(/\/\/# sourceMappingURL=.*\n?$/, ""));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const inPackages = resolve(root, "packages");
  const own =
    dirname(process.cwd()) === inPackages
      ? [process.cwd().slice(inPackages.length + 1)]
      : undefined;
  await buildCommonJs(own);
}
