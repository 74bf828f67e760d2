/**
 * The sources of an example as programs of their own: as they are, or with their imports switched,
 * `@restatedev/restate-sdk` in the place of `@rejoin/sdk`, and `@restatedev/restate-sdk-clients` in
 * that of `@rejoin/client`.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Sdk } from "./run-example.ts";

/** What the reference SDK uses of newer Nodes. */
export const polyfill = new URL(
  "../../e2e/src/support/promise-with-resolvers.mjs",
  import.meta.url,
);

/** Ours in both variants: it serves with either SDK. */
const hook = fileURLToPath(new URL("../../packages/sdk/dist/opentelemetry.js", import.meta.url));

const aliases = {
  /** As they are built: Node does not find their sources. */
  rejoin: {},
  reference: {
    "@rejoin/sdk": "@restatedev/restate-sdk",
    "@rejoin/sdk/opentelemetry": hook,
    "@rejoin/client": "@restatedev/restate-sdk-clients",
  },
};

export interface BundleOptions {
  readonly sdk: keyof typeof aliases;
  /** The file in `src` that has everything; `index.ts` by default. */
  readonly file?: string;
  /** Another name is another instance of the modules, whose state is its own. */
  readonly instance: string;
}

export interface Bundled<Example> extends Sdk {
  readonly example: Example;
}

/** Loads an example on one of the SDKs. */
export async function loadBundled<Example>(
  name: string,
  { sdk, instance, file = "index.ts" }: BundleOptions,
): Promise<Bundled<Example>> {
  if (sdk === "reference") await import(polyfill.href);
  const program = [
    `export * as example from "./${file}";`,
    'export { createEndpointHandler } from "@rejoin/sdk";',
    'export { connect } from "@rejoin/client";',
  ];
  const bundled = await bundle(name, { sdk, instance, program: program.join("\n") });
  return (await import(bundled.href)) as Bundled<Example>;
}

/** The `app.ts` of an example as a program on the reference's packages. */
export function bundleSwitchedApp(name: string): Promise<URL> {
  return bundle(name, { sdk: "reference", instance: "app", program: 'import "./app.ts";' });
}

async function bundle(
  name: string,
  { sdk, instance, program }: BundleOptions & { readonly program: string },
): Promise<URL> {
  const example = new URL(`../typescript/${name}/`, import.meta.url);
  // Inside of the example, from where its packages are found.
  const outfile = new URL(`dist/bundles/${sdk}-${instance}.mjs`, example);
  await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL("src", example)), loader: "ts" },
    outfile: fileURLToPath(outfile),
    alias: aliases[sdk],
    bundle: true,
    format: "esm",
    packages: "external",
    platform: "node",
    target: "node20",
  });
  return outfile;
}
