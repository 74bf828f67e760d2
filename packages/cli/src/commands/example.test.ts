import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TestTerminal, temporaryDirectory } from "../testing/test-environment.ts";
import { CLI_VERSION } from "../version.ts";

async function run(cwd: string, ...args: readonly string[]) {
  const terminal = new TestTerminal({ cwd });
  const code = await terminal.run("example", ...args);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("example", () => {
  it("lists the examples of the repository", async () => {
    const { code, stdout } = await run("/");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^parallelizing-work {2,}Fan a task out/m);
    const { examples } = JSON.parse((await run("/", "--json")).stdout);
    expect(examples).toContainEqual(expect.objectContaining({ name: "parallelizing-work" }));
  });

  it("copies one as a project of its own", async () => {
    const cwd = await temporaryDirectory();
    const { code, stdout, stderr } = await run(cwd, "parallelizing-work", "-o", "mine");
    expect(code).toBe(0);
    expect(stdout.split("\n")).toContain("mine/src/worker.ts");
    expect(stderr).toContain("cd mine && npm install");
    const names = await readdir(join(cwd, "mine"), { recursive: true });
    expect(names).toContain("README.md");
    expect(names.filter((name) => /dist|node_modules|\.test\./.test(name))).toEqual([]);
    const manifest = JSON.parse(await readFile(join(cwd, "mine/package.json"), "utf8"));
    expect(manifest).toMatchObject({
      name: "parallelizing-work",
      scripts: { build: "tsc", dev: "rejoin up src/app.ts" },
      devDependencies: { "@rejoin/cli": CLI_VERSION },
    });
    const tsconfig = JSON.parse(await readFile(join(cwd, "mine/tsconfig.json"), "utf8"));
    expect(tsconfig.extends).toBeUndefined();
    expect(tsconfig.references).toBeUndefined();
  });

  it("never writes over what is there", async () => {
    const cwd = await temporaryDirectory();
    await mkdir(join(cwd, "parallelizing-work"));
    const { code, stderr } = await run(cwd, "parallelizing-work");
    expect(code).toBe(1);
    expect(stderr).toContain("parallelizing-work exists already");
  });

  it("says what there is for a name that there is not", async () => {
    const { code, stderr } = await run("/", "nope");
    expect(code).toBe(1);
    expect(stderr).toMatch(/hint: say .*parallelizing-work/);
  });

  it("finds the examples that were packed", async () => {
    const packageDirectory = join(await temporaryDirectory(), "@rejoin", "cli");
    await mkdir(join(packageDirectory, "examples/own"), { recursive: true });
    const manifest = JSON.stringify({ description: "Mine." });
    await writeFile(join(packageDirectory, "examples/own/package.json"), manifest);
    const terminal = new TestTerminal({ overrides: { packageDirectory } });
    await terminal.run("example");
    expect(terminal.stdout).toBe("NAME  DESCRIPTION\nown   Mine.\n");
  });

  it("copes with a package that has none", async () => {
    const packageDirectory = join(await temporaryDirectory(), "@rejoin", "cli");
    const terminal = new TestTerminal({ overrides: { packageDirectory } });
    expect(await terminal.run("example", "x")).toBe(1);
    expect(terminal.stderr).toContain("this package has no examples");
  });
});
