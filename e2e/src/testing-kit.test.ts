/**
 * The testing kit in the runners that people use: `node:test` on the packages as they are built, and
 * in `npm run test:full` also jest, and the types, on the packages as they are published.
 */
import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installNpmTools } from "./support/packaging/npm-tools.ts";
import { ROOT } from "./support/packaging/packed-packages.ts";
import { runNode, runTool } from "./support/packaging/run-tool.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";

const TIMEOUT_MS = 120_000;
const INSTALL_TIMEOUT_MS = 12 * 60_000;
const FIXTURE = join(ROOT, "e2e/fixtures/testing-kit");
const SPECS = ["modules.spec.mjs", "commonjs.spec.cjs"];
/** What the kit is made of. */
const PACKAGES = ["protocol", "engine", "storage", "sdk", "client", "server", "testing"];

it("in node:test, as it is built", { timeout: TIMEOUT_MS }, async () => {
  const specs = SPECS.map((spec) => join(FIXTURE, spec));
  const said = await runNode(["--test", ...specs], { cwd: ROOT });
  expect(said).toMatch(/^# pass 3$/m);
  expect(said).toMatch(/^# fail 0$/m);
});

describe.runIf(process.env.REJOIN_TEST_FULL === "1")("as it is published", () => {
  let directory: TemporaryDirectory;
  let place: string;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    place = await install(directory.path);
  }, TIMEOUT_MS);
  afterAll(() => directory.remove());

  it.each(SPECS)("in node:test: %s", { timeout: TIMEOUT_MS }, async (spec) => {
    // What is loaded with `require` must be CommonJS all the way down.
    const flags = spec.endsWith(".cjs") ? await flagsWithoutModules() : [];
    const said = await runNode([...flags, "--test", join(place, spec)], { cwd: place });
    expect(said).toMatch(/^# pass [12]$/m);
  });

  it("has types", { timeout: TIMEOUT_MS }, async () => {
    const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
    const options = ["--module", "node20", "--target", "es2022", "--strict", "--noEmit"];
    const lib = ["--lib", "es2022,esnext.disposable", "--skipLibCheck"];
    const files = ["types.mts", "types.cts"].map((file) => join(place, file));
    await runNode([compiler, ...options, ...lib, ...files], { cwd: place });
  });

  it("in jest", { timeout: INSTALL_TIMEOUT_MS }, async (context) => {
    const tools = await installNpmTools(["jest@30"], true);
    if (tools.kind === "missing") return context.skip(tools.reason);
    const args = [join(tools.modules, "jest/bin/jest.js"), "--rootDir", place, "--json"];
    const report = await runNode([...args, "--no-watchman", "jest.spec.js"], { cwd: place });
    expect(JSON.parse(report)).toMatchObject({ numPassedTests: 3, numFailedTests: 0 });
  });
});

/** Packs the packages, and puts them beside everything that they depend on. */
async function install(folder: string): Promise<string> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@rejoin"), { recursive: true });
  const others = await readdir(join(ROOT, "node_modules"));
  for (const name of others.filter((other) => other !== "@rejoin" && !other.startsWith("."))) {
    await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
  for (const name of PACKAGES) {
    const cwd = join(ROOT, "packages", name);
    await runTool("npm", ["pack", "--silent", "--pack-destination", folder], { cwd });
    const to = join(modules, "@rejoin", name);
    await mkdir(to);
    const tarball = join(folder, `rejoin-${name}-0.1.0.tgz`);
    await runTool("tar", ["-xzf", tarball, "--strip-components=1", "-C", to], { cwd: folder });
  }
  const place = join(folder, "project");
  await cp(FIXTURE, place, { recursive: true });
  return place;
}

/** Newer versions of Node load modules with `require`, if they are not told otherwise. */
async function flagsWithoutModules(): Promise<readonly string[]> {
  const flag = "--no-experimental-require-module";
  return process.allowedNodeEnvironmentFlags.has(flag) ? [flag] : [];
}
