/**
 * What is published: the packages' exports, and projects that import them, by their types and as they
 * run. TypeScript 5.4 and jest are installed by `npm run test:full`; other runs use what is there.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { installNpmTools, type NpmTools } from "./support/packaging/npm-tools.ts";
import { PACKED, PackedPackages, ROOT } from "./support/packaging/packed-packages.ts";
import { runNode } from "./support/packaging/run-tool.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";

const TIMEOUT_MS = 120_000;
const INSTALL_TIMEOUT_MS = 12 * 60_000;
const mayInstall = process.env.REJOIN_TEST_FULL === "1";

const TYPESCRIPT = join(ROOT, "node_modules/typescript/bin/tsc");
const PORTABLE = [
  ["REQUEST_RESPONSE", "BIDI_STREAM"],
  ["Counter", "Greeter"],
];
const WHOLE = {
  node: "REQUEST_RESPONSE",
  fetch: PORTABLE[0],
  lambda: PORTABLE[1],
  sameModules: true,
  admin: "object",
  serve: "function",
  hook: "function",
};

let directory: TemporaryDirectory;
let packed: PackedPackages;

beforeAll(async () => {
  directory = await createTemporaryDirectory();
  packed = await PackedPackages.create(directory.path);
}, TIMEOUT_MS);
afterAll(() => directory.remove());

describe.each(PACKED)("the package %s", (name) => {
  it("has exports that every resolution finds", { timeout: TIMEOUT_MS }, async () => {
    const cli = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const checked = await runNode([cli, packed.tarball(name), "--format", "json"], { cwd: ROOT });
    const { analysis, problems } = JSON.parse(checked);
    expect(problems ?? {}).toEqual({});
    const { entrypoints } = analysis;
    expect(Object.keys(entrypoints)).toContain(".");
    for (const { resolutions } of Object.values<Entrypoint>(entrypoints)) {
      expect(Object.keys(resolutions)).toHaveLength(4);
    }
  });

  it("is a package without faults", { timeout: TIMEOUT_MS }, async () => {
    const { publint } = await import("publint");
    const { messages } = await publint({ pkgDir: packed.placeOf(name), pack: false });
    expect(messages).toEqual([]);
  });

  it("says under which license the code of others is that it holds", async () => {
    const files = await readdir(join(packed.placeOf(name), "dist/cjs"), { recursive: true });
    const licenses = files.filter((file) => file.endsWith(".txt"));
    expect(licenses).toEqual(name === "protocol" ? [join("licenses", "@noble-hashes.txt")] : []);
  });

  it("holds neither tests nor what they need", async () => {
    const files = await readdir(packed.placeOf(name), { recursive: true });
    expect(files).toContain("package.json");
    expect(files).toContain(join("dist", "index.d.ts"));
    expect(files.filter((file) => /\.(test|suite|bench)\.|testing|tsbuildinfo/.test(file))).toEqual(
      [],
    );
  });
});

interface Entrypoint {
  readonly resolutions: Readonly<Record<string, unknown>>;
}

const check = (place: string, compiler = TYPESCRIPT) =>
  runNode([compiler, "-p", "tsconfig.json"], { cwd: place });
const runIn = async (place: string, program: string) =>
  JSON.parse(await runNode([join("out", program)], { cwd: place }));

describe("a project", () => {
  it.each(["nodenext", "commonjs"])("of %s", { timeout: TIMEOUT_MS }, async (name) => {
    const place = await packed.addFixture(name);
    await check(place);
    expect(await runIn(place, "run.js")).toEqual(WHOLE);
    const run = await readFile(join(place, "out/run.js"), "utf8");
    expect(run.includes("require(")).toBe(name === "commonjs");
  });

  it("of a bundler, without declarations of Node", { timeout: TIMEOUT_MS }, async () => {
    const place = await packed.addFixture("bundler");
    await check(place);
    await build({
      entryPoints: [join(place, "out/run-portable.js")],
      outfile: join(place, "out/bundle.js"),
      bundle: true,
      format: "esm",
      platform: "neutral",
    });
    expect(await runIn(place, "bundle.js")).toEqual(PORTABLE);
  });
});

describe("with the oldest compiler", () => {
  let tools: NpmTools;
  beforeAll(async () => {
    tools = await installNpmTools(["typescript@5.4"], mayInstall);
    warn(tools);
  }, INSTALL_TIMEOUT_MS);

  it.for(["nodenext", "commonjs", "bundler", "node10"])(
    "a project of %s",
    { timeout: TIMEOUT_MS },
    async (name, context) => {
      const modules = orSkip(tools, context);
      const place = await packed.addFixture(name);
      await check(place, join(modules, "typescript/bin/tsc"));
      if (name === "bundler") return;
      expect(await runIn(place, "run.js")).toEqual(WHOLE);
    },
  );
});

describe("in jest", () => {
  let tools: NpmTools;
  beforeAll(async () => {
    tools = await installNpmTools(["jest@30"], mayInstall);
    warn(tools);
  }, INSTALL_TIMEOUT_MS);

  it("a project", { timeout: TIMEOUT_MS }, async (context) => {
    const modules = orSkip(tools, context);
    const place = await packed.addFixture("jest");
    await check(place);
    const jest = join(modules, "jest/bin/jest.js");
    const report = await runNode([jest, "--rootDir", place, "--json", "--no-watchman"], {
      cwd: place,
    });
    expect(JSON.parse(report)).toMatchObject({ numPassedTests: 1, numFailedTests: 0 });
  });
});

function warn(tools: NpmTools): void {
  if (tools.kind === "missing") console.warn(`\n*** NOT TESTED: ${tools.reason} ***\n`);
}

function orSkip(tools: NpmTools, context: TestContext): string {
  return tools.kind === "installed" ? tools.modules : context.skip(tools.reason);
}
