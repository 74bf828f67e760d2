/** What a server loads to start: what it does not need then must not creep in again. */
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { root } from "./process.mjs";

const LATE = [
  "@aws-sdk/client-lambda",
  "@aws-sdk/credential-providers",
  "@duckdb/node-api",
  "@hono/node-server",
  "@hono/zod-openapi",
  "@hpcc-js/wasm-zstd",
  "@opentelemetry/api",
  "@opentelemetry/core",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-trace-base",
  "apache-arrow",
  "google-auth-library",
  "hono",
  "prom-client",
  "zod",
];

/** The packages that `entry` imports before it runs, whichever modules lie in between. */
async function importedBy(/** @type {string} */ entry) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: join(root, "nowhere"),
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    conditions: ["rejoin:source"],
    plugins: [packagesOutside],
    metafile: true,
    logLevel: "error",
  });
  const { outputs } = metafile;
  const found = new Set();
  const visited = new Set();
  const visit = (/** @type {string} */ file) => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind !== "import-statement") continue;
      if (external === true) found.add(path);
      else visit(path);
    }
  };
  for (const [file, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint === entry) visit(file);
  }
  return [...found];
}

/** @type {import("esbuild").Plugin} */
const packagesOutside = {
  name: "packages-outside",
  setup(plugin) {
    plugin.onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === "entry-point" || path.startsWith("@rejoin/") ? undefined : { path, external: true },
    );
  },
};

it.each(["packages/server/src/index.ts", "packages/cli/src/server/run-server.ts"])(
  "%s imports nothing that a start does not need",
  async (entry) => {
    const imported = await importedBy(entry);
    expect(imported).toContain("classic-level");
    expect(imported.filter((path) => LATE.some((name) => path.startsWith(name)))).toEqual([]);
  },
);
