/**
 * Changing the import line is the whole migration: whatever the reference's entries export, types
 * too, ours export under the same name. Both are read from the text of the declarations.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, test } from "vitest";

const here = import.meta.dirname;
const require = createRequire(import.meta.url);

/** The declarations beside what a package is loaded from. */
function declarationsOf(specifier: string): string {
  return require.resolve(specifier).replace(/\.[cm]?js$/, ".d.ts");
}

/** Every name that a module exports. */
function exportsOf(file: string): Set<string> {
  const text = readFileSync(file, "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\/\/.*$/gm, "");
  const names = new Set<string>();
  for (const [, list = ""] of text.matchAll(/export\s+(?:type\s+)?\{([^}]*)\}/g)) {
    for (const part of list.split(",")) {
      const name = part
        .trim()
        .replace(/^type\s+/, "")
        .split(/\s+as\s+/)
        .at(-1);
      if (name !== undefined && name !== "") names.add(name);
    }
  }
  for (const [, name = ""] of text.matchAll(/export\s+\*\s+as\s+(\w+)/g)) names.add(name);
  const declared =
    /export\s+(?:declare\s+)?(?:abstract\s+|async\s+)?(?:type|interface|class|const|function|enum)\s+(\w+)/g;
  for (const [, name = ""] of text.matchAll(declared)) names.add(name);
  for (const [, from = ""] of text.matchAll(/export\s+\*\s+from\s+"(\.[^"]+)"/g)) {
    const next = path.resolve(path.dirname(file), from).replace(/\.js$/, ".d.ts");
    for (const name of exportsOf(next)) names.add(name);
  }
  return names;
}

const source = (...parts: string[]) => path.join(here, ...parts);
const CLIENT = source("..", "..", "client", "src", "index.ts");

interface Entry {
  readonly theirs: string;
  readonly ours: readonly string[];
  /** What is left out, and why. */
  readonly without: Readonly<Record<string, string>>;
  /** How many names it has at least, or they were not read. */
  readonly least?: number;
}

const NODE_TYPE = "its type needs Node's; RestateEndpointBase is what the runtimes have in common";
const NO_CORE =
  "a helper that only the reference's own packages import, from a package that users do not install";
const SPECIFICATION = "a type of the Standard Schema specification, which publishes it itself";

const ENTRIES: readonly Entry[] = [
  { theirs: "@restatedev/restate-sdk", ours: [source("index.ts")], without: {} },
  { theirs: "@restatedev/restate-sdk/node", ours: [source("index.ts")], without: {} },
  {
    theirs: "@restatedev/restate-sdk/fetch",
    ours: [source("fetch.ts")],
    without: { RestateEndpoint: NODE_TYPE },
  },
  {
    theirs: "@restatedev/restate-sdk/lambda",
    ours: [source("lambda.ts")],
    without: { RestateEndpoint: NODE_TYPE },
  },
  {
    theirs: "@restatedev/restate-sdk-opentelemetry",
    ours: [source("opentelemetry.ts")],
    without: {},
    least: 3,
  },
  { theirs: "@restatedev/restate-sdk-clients", ours: [CLIENT], without: {} },
  {
    theirs: "@restatedev/restate-sdk-core",
    ours: [source("index.ts"), CLIENT],
    without: {
      ArgType: NO_CORE,
      HandlerReturnType: NO_CORE,
      ObjectSharedHandler: NO_CORE,
      SerdeType: NO_CORE,
      durationToMillis: NO_CORE,
      makeHandlerDescriptor: NO_CORE,
      millisOrDurationToMillis: NO_CORE,
      StandardJSONSchemaV1: SPECIFICATION,
      StandardSchemaV1: SPECIFICATION,
      StandardTypedV1: SPECIFICATION,
    },
  },
];

test.for(ENTRIES)("everything of $theirs is here", ({ theirs, ours, without, least = 10 }) => {
  const their = exportsOf(declarationsOf(theirs));
  expect(their.size).toBeGreaterThanOrEqual(least);
  const our = new Set(ours.flatMap((file) => [...exportsOf(file)]));
  const missing = [...their].filter((name) => !our.has(name));
  expect(missing.toSorted()).toEqual(Object.keys(without).toSorted());
});
