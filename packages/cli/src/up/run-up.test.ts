/** `rejoin up` as a process, with an app of the SDK. */
import { access, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { ProcessEnd } from "../environment/cli-environment.ts";
import { startRejoin } from "../testing/rejoin-process.ts";
import { TestTerminal, temporaryDirectory } from "../testing/test-environment.ts";

const NODE_MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));
/** The app takes the SDK from its sources, as this test does the rest. */
const FROM_SOURCE = { NODE_OPTIONS: "--conditions=rejoin:source" };

const appThatSays = (greeting: string) => `
import { type Context, serve, service } from "@rejoin/sdk";
const greet = async (_ctx: Context, name: string) => \`${greeting} \${name}\`;
await serve({ services: [service({ name: "greeter", handlers: { greet } })] });
`;

async function startUp(source: string) {
  const cwd = await temporaryDirectory();
  await symlink(NODE_MODULES, join(cwd, "node_modules"));
  await writeFile(join(cwd, "package.json"), '{ "type": "module" }');
  const write = (text: string) => writeFile(join(cwd, "app.ts"), text);
  await write(source);
  // One that is killed cannot remove its data.
  const variables = { ...FROM_SOURCE, TMPDIR: await temporaryDirectory() };
  const up = startRejoin(["up", "app.ts", "--random-ports"], { cwd, variables });
  return { up, write };
}

const greet = async (ingressUrl: string | undefined, name: string) => {
  const response = await fetch(`${ingressUrl}/greeter/greet`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(name),
  });
  return response.json();
};

describe("rejoin up with an app", () => {
  it("serves it, registers it again when it changes, survives its crash, and ends all", async () => {
    const { up, write } = await startUp(appThatSays("hi"));
    const [, ingressUrl] = await up.find(/^ {2}ingress +(\S+)$/m);
    const [, dataDir = ""] = await up.find(/^ {2}data +(\S+) \(removed at the end/m);
    await up.find(/^ {2}app +app.ts, under watch$/m);
    const [, port] = await up.find(/registered greeter \(revision 1\) on port (\d+)/);
    expect(await greet(ingressUrl, "bob")).toBe("hi bob");

    await write('throw new Error("oops");');
    await up.find(/Error: oops/);
    await up.find(/the app has ended \(exit code 1\)/);

    await write(appThatSays("hello"));
    await up.find(/registered greeter \(revision 2\) on port/);
    expect(await greet(ingressUrl, "bob")).toBe("hello bob");

    up.kill("SIGINT");
    expect(await up.ended).toEqual({ code: 0, signal: null });
    await expect(access(dataDir)).rejects.toThrow("ENOENT");
    await expect(fetch(`http://localhost:${port}/health`)).rejects.toThrow();
  }, 60_000);

  it("finds an app that takes no port from it, and takes it along when it is killed", async () => {
    const { up } = await startUp(`
      import { createServer } from "node:http";
      createServer((_, answer) => answer.end()).listen(0);
    `);
    const [, port] = await up.find(/what listens on port (\d+) could not be registered/);
    expect((await fetch(`http://localhost:${port}`)).status).toBe(200);
    up.kill("SIGKILL");
    // The output of the two is one pipe: when that has ended, both have.
    await up.ended;
    await expect(fetch(`http://localhost:${port}`)).rejects.toThrow();
  }, 60_000);

  it("asks about an app that opens no port", async () => {
    const { files } = new TestTerminal().environment;
    const closable = { close: () => Promise.resolve() };
    let end = (_end: ProcessEnd) => {};
    const ended = new Promise<ProcessEnd>((resolve) => {
      end = resolve;
    });
    const terminal = new TestTerminal({
      overrides: {
        files: { ...files, exists: async () => true, watch: async () => closable },
        startProgram: () => ({ ended, kill: (signal) => end({ kind: "signal", signal }) }),
        after: (_delayMs, callback) => {
          callback();
          return () => {};
        },
      },
    });
    const code = terminal.run("up", "app.js", "--random-ports");
    await terminal.find(/the app has opened no port yet: does it call serve\(\)\?/);
    terminal.signal("SIGINT");
    expect(await code).toBe(0);
  });
});

describe("rejoin up without an app", () => {
  it("is a server whose data is gone at the end", async () => {
    const terminal = new TestTerminal();
    const code = terminal.run("up", "--random-ports");
    const [, adminUrl] = await terminal.find(/^ {2}admin +(\S+)$/m);
    const [, dataDir = ""] = await terminal.find(/^ {2}data +(\S+) /m);
    expect((await fetch(`${adminUrl}/health`)).status).toBe(200);
    terminal.signal("SIGINT");
    expect(await code).toBe(0);
    await expect(access(dataDir)).rejects.toThrow("ENOENT");
  });

  it("keeps the data in a directory that is named", async () => {
    const cwd = await temporaryDirectory();
    const terminal = new TestTerminal({ cwd });
    const code = terminal.run("up", "--random-ports", "--data-dir", "mine");
    await terminal.find(/^ {2}data +mine$/m);
    terminal.signal("SIGTERM");
    expect(await code).toBe(0);
    await access(join(cwd, "mine"));
  });

  it("leaves nothing behind when it cannot start", async () => {
    const removed: string[] = [];
    const { files } = new TestTerminal().environment;
    const remove = async (path: string) => {
      removed.push(path);
      await files.remove(path);
    };
    const terminal = new TestTerminal({ overrides: { files: { ...files, remove } } });
    expect(await terminal.run("up", "--ingress-address", "203.0.113.1:1")).toBe(1);
    expect(terminal.stderr).toContain(
      "error: [RT0004] 203.0.113.1:1 is no address of this machine",
    );
    expect(removed).toHaveLength(1);
  });
});
