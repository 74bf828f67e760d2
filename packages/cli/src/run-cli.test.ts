import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { realFiles } from "./environment/real-files.ts";
import { startFakeAdmin } from "./testing/fake-admin.ts";
import { runAgainst } from "./testing/run-against.ts";
import { TestTerminal } from "./testing/test-environment.ts";
import { CLI_VERSION } from "./version.ts";

async function run(...args: readonly string[]) {
  const terminal = new TestTerminal();
  const code = await terminal.run(...args);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("names of commands", () => {
  it.each([[["dep", "li"]], [["dp", "ls"]], [["d", "l"]], [["deployments", "list"]]])(
    "takes %j for deployments list",
    async (args) => {
      const admin = await startFakeAdmin();
      expect((await runAgainst(admin, [...args, "--json"])).stdout).toContain('"deployments": []');
    },
  );

  it("refuses a beginning that fits several", async () => {
    const { code, stdout, stderr } = await run("se", "list");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain('ambiguous command "se" of rejoin: say server, send or services');
  });

  it("refuses a beginning that fits several in a group", async () => {
    const { code, stderr } = await run("dp", "re", "x");
    expect(code).toBe(2);
    expect(stderr).toContain("of rejoin deployments: say register or remove");
  });

  it("refuses what fits nothing, and says what there is", async () => {
    const { code, stderr } = await run("frobnicate");
    expect(code).toBe(2);
    expect(stderr).toContain('unknown command "frobnicate" of rejoin: say up, server, call');
    expect(stderr).toContain("hint: see rejoin --help");
  });
});

describe("help", () => {
  it("documents environment, exit codes and examples", async () => {
    const { code, stdout, stderr } = await run("--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const text of ["REJOIN_ADMIN_URL", "Exit codes:", "2  the command line is wrong"]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toContain("deployments, dp ");
    expect(stdout).not.toContain("|");
  });

  it.each([
    ["server"],
    ["up"],
    ["deployments", "register"],
    ["deployments", "update"],
    ["deployments", "remove"],
    ["invocations", "list"],
    ["invocations", "describe"],
    ["example"],
    ["status"],
  ])("%s %s has examples", async (...args) => {
    const { code, stdout } = await run(...args.filter(Boolean), "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: rejoin ${args.filter(Boolean).join(" ")} `);
    expect(stdout).toContain("Examples:\n  ");
  });

  it("is what a group without a command gets, as a mistake", async () => {
    for (const args of [[], ["deployments"]]) {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain("Commands:");
    }
  });
});

describe("mistakes on the command line", () => {
  it.each([
    [["dp", "list", "--nope"], "unknown option '--nope'"],
    [["dp", "list", "surplus"], "too many arguments"],
    [["dp", "describe"], "missing required argument 'id'"],
    [["--admin-url"], "argument missing"],
  ])("%j exits with 2", async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("versions", () => {
  it("are those of the package", async () => {
    const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
    expect(JSON.parse(manifest).version).toBe(CLI_VERSION);
    expect(await run("--version")).toEqual({ code: 0, stdout: `${CLI_VERSION}\n`, stderr: "" });
  });

  it("are printed for the server too, if there is one", async () => {
    const admin = await startFakeAdmin();
    const { stdout } = await runAgainst(admin, ["version", "--json"]);
    expect(JSON.parse(stdout)).toEqual({ cli: CLI_VERSION, server: "9.9.9" });
  });
});

describe("errors", () => {
  it("name the URL and the remedy when there is no server", async () => {
    const terminal = new TestTerminal({ variables: { REJOIN_ADMIN_URL: "127.0.0.1:1" } });
    expect(await terminal.run("dp", "list")).toBe(1);
    expect(terminal.stdout).toBe("");
    expect(terminal.stderr).toContain("error: cannot reach the admin API at http://127.0.0.1:1 (");
    expect(terminal.stderr).toContain("`rejoin up`");
    expect(terminal.stderr).toContain("REJOIN_ADMIN_URL");
  });

  it("ask for a token when the server wants one", async () => {
    const admin = await startFakeAdmin();
    admin.override = () => ({ status: 401, body: { message: "who are you?" } });
    const { code, stderr } = await runAgainst(admin, ["dp", "list"]);
    expect(code).toBe(1);
    expect(stderr).toBe("error: who are you?\nhint: set REJOIN_AUTH_TOKEN\n");
  });

  it("that nobody expected are bugs, with their stack", async () => {
    const listDirectories = () => Promise.reject(new Error("the disk is on fire"));
    const files = { ...realFiles, listDirectories };
    const terminal = new TestTerminal({ overrides: { files } });
    expect(await terminal.run("example")).toBe(1);
    expect(terminal.stderr).toContain("Error: the disk is on fire");
    expect(terminal.stderr).toContain("this is a bug in rejoin");
  });
});

describe("colours", () => {
  const coloured = (text: string) => text.includes("\u001b[");

  it.each([
    { isTerminal: true, variables: {}, expected: true },
    { isTerminal: false, variables: {}, expected: false },
    { isTerminal: true, variables: { NO_COLOR: "1" }, expected: false },
    { isTerminal: true, variables: { TERM: "dumb" }, expected: false },
    { isTerminal: false, variables: { FORCE_COLOR: "1" }, expected: true },
    { isTerminal: false, variables: { CLICOLOR_FORCE: "1" }, expected: true },
    { isTerminal: false, variables: { FORCE_COLOR: "0" }, expected: false },
  ])("%j", async ({ isTerminal, variables, expected }) => {
    const admin = await startFakeAdmin();
    const options = { isTerminal, variables };
    const { stdout } = await runAgainst(admin, ["status"], options);
    expect(coloured(stdout)).toBe(expected);
    const failed = await runAgainst(admin, ["dp", "get", "x"], options);
    expect(coloured(failed.stderr)).toBe(expected);
  });
});
