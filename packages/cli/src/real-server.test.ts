/** The commands against the real server: what the fake one says must be what this one says. */
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect } from "@rejoin/client";
import { type Context, createEndpointHandler, service, TerminalError } from "@rejoin/sdk";
import { type RunningServer, start } from "@rejoin/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestTerminal } from "./testing/test-environment.ts";

const child = service({
  name: "child",
  handlers: { double: async (_ctx: Context, value: number) => value * 2 },
});
const parent = service({
  name: "parent",
  handlers: {
    run: async (ctx: Context, value: number) => {
      const own = await ctx.run("own", () => value + 1);
      return ctx.serviceClient(child).double(own);
    },
    fail: async () => {
      throw new TerminalError("no such luck", { errorCode: 409 });
    },
  },
});

async function startServer(): Promise<RunningServer> {
  const server = await start({ services: [parent], name: "main", logger: () => undefined });
  onTestFinished(() => server.close());
  return server;
}

/** An endpoint with `child`; the result is its port. */
async function startEndpoint(): Promise<number> {
  const endpoint = createServer(createEndpointHandler({ services: [child] }));
  await new Promise<void>((resolve) => endpoint.listen(0, resolve));
  onTestFinished(() => void endpoint.close());
  return (endpoint.address() as AddressInfo).port;
}

async function run({ adminUrl }: RunningServer, ...args: readonly string[]) {
  const terminal = new TestTerminal({ variables: { REJOIN_ADMIN_URL: adminUrl } });
  const code = await terminal.run(...args);
  const { stdout, stderr } = terminal;
  return { code, stdout, stderr };
}

async function json(server: RunningServer, ...args: readonly string[]) {
  const { code, stdout, stderr } = await run(server, ...args, "--json");
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe("with the real server", () => {
  it("registers, lists, describes, updates and removes deployments", async () => {
    const server = await startServer();
    const port = await startEndpoint();
    const register = ["dp", "register", `localhost:${port}`, "--yes"];
    const first = await json(server, ...register);
    expect(first).toMatchObject({ outcome: "created", changes: [{ change: "added" }] });
    expect(await json(server, ...register)).toMatchObject({ outcome: "unchanged", id: first.id });
    const forced = await json(server, ...register, "--force", "--dry-run");
    expect(forced).toMatchObject({
      outcome: "overwritten",
      id: first.id,
      dry_run: true,
      changes: [{ change: "updated", revision: 2, handlers: [{ change: "same" }] }],
    });

    const list = await run(server, "dp", "list");
    expect(list.stdout).toMatch(
      new RegExp(`^${first.id} +http://localhost:${port}/ +HTTP/2.0`, "m"),
    );
    expect(list.stdout).toMatch(
      /^embedded:main +in the server's process +function calls .*parent/m,
    );
    const described = await run(server, "dp", "describe", first.id);
    expect(described.stdout).toContain("child (service, revision 1)");
    expect((await run(server, "dp", "describe", "embedded:main")).stdout).toContain("parent (");

    const moved = await startEndpoint();
    const update = ["dp", "update", first.id, "--uri", `localhost:${moved}`, "--yes"];
    expect((await json(server, ...update, "--dry-run")).uri).toContain(String(moved));
    expect((await run(server, ...update)).stdout).toContain(`http://localhost:${moved}/`);

    const remove = ["dp", "remove", first.id, "--yes"];
    expect(await run(server, ...remove)).toMatchObject({ code: 1 });
    expect(await run(server, ...remove, "--force")).toMatchObject({ code: 0 });
    expect((await json(server, "dp", "list")).deployments).toHaveLength(1);
    expect((await run(server, "dp", "describe", first.id)).code).toBe(1);
  });

  it("explains an endpoint that is not there", async () => {
    const server = await startServer();
    const result = await run(server, "dp", "register", "127.0.0.1:1", "--yes");
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^error: \[META0003\] .*\nhint: is the endpoint running/);
  });

  it("lists and describes services", async () => {
    const server = await startServer();
    expect((await run(server, "svc", "ls")).stdout).toMatch(
      /^parent +service +1 +yes +embedded:main/m,
    );
    expect((await run(server, "svc", "get", "parent")).stdout).toMatch(
      /^retries +70 attempts, 500ms/m,
    );
    expect(await run(server, "svc", "get", "nope")).toMatchObject({ code: 1, stdout: "" });
  });

  it("lists and describes invocations", async () => {
    const server = await startServer();
    await run(server, "dp", "register", String(await startEndpoint()), "--yes");
    const ingress = connect({ url: server.ingressUrl });
    expect(await ingress.serviceClient(parent).run(20)).toBe(42);
    await expect(ingress.serviceClient(parent).fail()).rejects.toThrow("no such luck");

    const list = await run(server, "inv", "ls");
    expect(list.stdout).toMatch(/ parent\/run +completed +\S+ \S+$/m);
    expect(list.stdout).toMatch(/ parent\/fail +completed .* failed: \[409\] no such luck$/m);
    expect((await json(server, "inv", "ls", "--service", "child")).invocations).toHaveLength(1);
    expect((await json(server, "inv", "ls", "--status", "paused,running")).invocations).toEqual([]);
    expect((await run(server, "inv", "ls", "--limit", "1")).stderr).toContain("there are more");
    expect(await run(server, "inv", "ls", "--status", "nope")).toMatchObject({
      code: 2,
      stdout: "",
    });

    const { invocations } = await json(server, "inv", "ls", "--service", "parent");
    const { id } = invocations.find(({ target }: { target: string }) => target === "parent/run");
    const { stdout } = await run(server, "inv", "describe", id);
    expect(stdout).toMatch(/^children +1 started, 1 succeeded, 0 failed$/m);
    expect(stdout).toMatch(/^ {3}├─ #1 Run "own" → 2 bytes$/m);
    expect(stdout).toMatch(/^ {3}├─ #\d+ Call child\/double \(2 bytes\) inv_\S+ → 2 bytes$/m);
    expect(stdout).toMatch(/^ {3}└─ completed$/m);
    const cut = await run(server, "inv", "describe", id, "--entries", "2");
    expect(cut.stderr).toContain("the first 2 entries");
  });

  it("is up", async () => {
    const server = await startServer();
    expect(await json(server, "status")).toMatchObject({ up: true, services: 1 });
  });
});
