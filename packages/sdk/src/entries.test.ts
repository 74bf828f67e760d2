import { fileURLToPath } from "node:url";
import * as reference from "@restatedev/restate-sdk";
import * as referenceFetch from "@restatedev/restate-sdk/fetch";
import * as referenceLambda from "@restatedev/restate-sdk/lambda";
import * as referenceOpenTelemetry from "@restatedev/restate-sdk-opentelemetry";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import * as commonEntry from "./common-api.ts";
import * as fetchEntry from "./fetch.ts";
import * as nodeEntry from "./index.ts";
import * as lambdaEntry from "./lambda.ts";
import * as openTelemetryEntry from "./opentelemetry.ts";

/** What only Node's entry has. */
const NODE_ONLY = ["serve", "createInProcessEndpoint", "captureEndpoint", "createReplay"];
const COMMON = Object.keys(commonEntry);

test("every entry has the whole common part and its own ways to serve", () => {
  const own = ["createEndpointHandler", "endpoint"];
  expect(Object.keys(fetchEntry).toSorted()).toEqual([...COMMON, ...own].toSorted());
  expect(Object.keys(lambdaEntry).toSorted()).toEqual([...COMMON, ...own].toSorted());
  expect(Object.keys(nodeEntry).toSorted()).toEqual([...COMMON, ...own, ...NODE_ONLY].toSorted());
});

describe("what users import elsewhere is here under the same name", () => {
  test.each([
    ["the main entry", reference, nodeEntry],
    ["fetch", referenceFetch, fetchEntry],
    ["lambda", referenceLambda, lambdaEntry],
    ["opentelemetry", referenceOpenTelemetry, openTelemetryEntry],
  ])("of %s", (_, theirs, ours) => {
    const missing = Object.keys(theirs).filter((name) => !(name in ours));
    expect(missing).toEqual([]);
  });
});

/** The files that a bundle of an entry has, and the packages that it asks for. */
async function bundleOf(entry: string) {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL(`./${entry}.ts`, import.meta.url))],
    bundle: true,
    conditions: ["rejoin:source"],
    external: ["@opentelemetry/*"],
    format: "esm",
    metafile: true,
    platform: "node",
    write: false,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return {
    files: Object.keys(metafile.inputs),
    packages: imports.map(({ path }) => path).filter((path) => !path.startsWith("node:")),
  };
}

test.each(["index", "fetch", "lambda"])(
  "%s brings nothing of OpenTelemetry along",
  async (entry) => {
    const { files, packages } = await bundleOf(entry);
    expect(files.filter((file) => file.includes("/tracing/"))).toEqual([]);
    expect(packages).toEqual([]);
  },
);

test("opentelemetry brings nothing but its API along, and little of the SDK", async () => {
  const { files, packages } = await bundleOf("opentelemetry");
  expect(new Set(packages)).toEqual(new Set(["@opentelemetry/api"]));
  expect(files.filter((file) => /\/(vm|attempt|endpoint)\//.test(file))).toEqual([]);
});
