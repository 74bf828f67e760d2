import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { deployment, handler, service } from "../testing/resources.ts";
import { runAgainst } from "../testing/run-against.ts";
import { TestTerminal, temporaryDirectory } from "../testing/test-environment.ts";

async function complete(...words: readonly string[]): Promise<readonly string[]> {
  const admin = await startFakeAdmin();
  const cart = service({ name: "cart", ty: "VirtualObject", handlers: [handler("add")] });
  admin.deployments = [deployment({ services: [service(), cart] })];
  const { code, stdout } = await runAgainst(admin, ["complete", "--", ...words]);
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t", 1)[0] ?? "");
}

describe("completion", () => {
  it.each([
    [
      ["inv", "li"],
      ["list", ":4"],
    ],
    [["ru"], ["rules", ":4"]],
    [["kaf"], [":4"]],
    [
      ["invocations", "list", "--completion-result", ""],
      ["success", "failure", ":4"],
    ],
    [
      ["inv", "ls", "--status", "pa"],
      ["paused", ":4"],
    ],
    [
      ["call", ""],
      ["greeter/greet", "cart/", ":4"],
    ],
    [
      ["services", "describe", "c"],
      ["cart", ":4"],
    ],
    [
      ["state", "get", ""],
      ["cart", ":4"],
    ],
    [["state", "get", "cart", ""], [":4"]],
    [
      ["deployments", "remove", ""],
      ["dp_1", ":4"],
    ],
    [
      ["-e", ""],
      ["local", ":4"],
    ],
    [["call", "greeter/greet", "@"], [":0"]],
    [
      ["--admin-url", "x", "deployments", "upd"],
      ["update", ":4"],
    ],
  ])("of %j is %j", async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  it("knows the options of a command and of all", async () => {
    const options = await complete("send", "--");
    expect(options).toEqual(
      expect.arrayContaining(["--delay", "--idempotency-key", "--admin-url"]),
    );
    expect(options).not.toContain("--status");
  });

  it("is quiet without a server", async () => {
    const terminal = new TestTerminal({ variables: { REJOIN_ADMIN_URL: "127.0.0.1:1" } });
    expect(await terminal.run("complete", "--", "call", "")).toBe(0);
    expect(terminal.stdout).toBe(":4\n");
    expect(terminal.stderr).toBe("");
  });
});

describe("the scripts", () => {
  it.each(["bash", "zsh", "fish", "powershell"])("for %s ask the program", async (shell) => {
    const terminal = new TestTerminal();
    expect(await terminal.run("completions", "generate", shell)).toBe(0);
    expect(terminal.stdout).toMatch(/rejoin complete '?--/);
  });

  it("are put where the shell finds them, once", async () => {
    const home = await temporaryDirectory();
    await writeFile(join(home, ".zshrc"), "alias ll='ls -l'");
    const variables = { HOME: home, SHELL: "/usr/bin/zsh" };
    for (const answer of [true, true]) {
      const terminal = new TestTerminal({ variables, answer });
      expect(await terminal.run("completions", "install")).toBe(0);
    }
    const { files } = new TestTerminal().environment;
    expect(await files.readText(join(home, ".zshrc"))).toBe(
      "alias ll='ls -l'\nsource ~/.config/rejoin/completion.zsh\n",
    );
    expect(await files.readText(join(home, ".config/rejoin/completion.zsh"))).toContain("compdef");
    const declined = new TestTerminal({ variables, answer: false });
    expect(await declined.run("completions", "install", "fish")).toBe(3);
    expect(await files.exists(join(home, ".config/fish/completions/rejoin.fish"))).toBe(false);
  });

  it("need to know the shell", async () => {
    const terminal = new TestTerminal();
    expect(await terminal.run("completions", "generate")).toBe(2);
    expect(terminal.stderr).toContain("say one of bash, zsh, fish, powershell");
  });
});
