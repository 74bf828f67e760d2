import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TestTerminal, temporaryDirectory } from "../testing/test-environment.ts";
import { createApp, isIgnored, isSource } from "./app.ts";

describe("an app", () => {
  it("in TypeScript is run by tsx, wherever it is installed", async () => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, "app.ts"), "");
    const app = await createApp(new TestTerminal({ cwd }).environment, "app.ts");
    expect(app).toMatchObject({ path: join(cwd, "app.ts"), directory: cwd, shownPath: "app.ts" });
    expect(app.args[0]).toBe("--import");
    expect(app.args[1]).toMatch(/^file:.*tsx/);
    expect(app.args.at(-1)).toBe(app.path);
    expect(app.port).toBeGreaterThan(0);
  });

  it("in JavaScript is run as it is", async () => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, "app.mjs"), "");
    const app = await createApp(new TestTerminal({ cwd }).environment, "app.mjs");
    expect(app.args).toEqual(["--enable-source-maps", app.path]);
  });

  it("that is not there is a mistake of the command line", async () => {
    const terminal = new TestTerminal();
    expect(await terminal.run("up", "nope.ts")).toBe(2);
    expect(terminal.stderr).toContain("there is no file nope.ts");
  });

  it("says what to install when there is no tsx", async () => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, "app.ts"), "");
    const overrides = { resolveModule: () => undefined };
    const terminal = new TestTerminal({ cwd, overrides });
    expect(await terminal.run("up", "app.ts")).toBe(1);
    expect(terminal.stderr).toContain("app.ts is TypeScript, and tsx is not installed");
    expect(terminal.stderr).toContain("npm install --save-dev tsx");
  });
});

describe("what is watched", () => {
  it.each(["/a/x.ts", "/a/b/c/x.js", "/a/.env"])("%s", (path) => {
    expect(isIgnored("/a", path)).toBe(false);
    expect(isSource(path)).toBe(true);
  });

  it.each(["/a/node_modules/m/x.ts", "/a/dist/x.js", "/a/.git/x.ts"])("not %s", (path) => {
    expect(isIgnored("/a", path)).toBe(true);
  });

  it.each(["/a/app.log", "/a/data.json", "/a/x.ts~", "/a/README.md"])(
    "no restart by %s",
    (path) => {
      expect(isSource(path)).toBe(false);
    },
  );

  it("is not decided by what is above the app", () => {
    expect(isIgnored("/dist/.x/a", "/dist/.x/a/app.ts")).toBe(false);
  });
});
