import { describe, expect, it } from "vitest";
import { type FakeAdmin, startFakeAdmin } from "../testing/fake-admin.ts";
import { invocation } from "../testing/resources.ts";
import { TestTerminal } from "../testing/test-environment.ts";

const NOW = Date.parse("2026-11-21T18:00:00Z");

async function watch(admin: FakeAdmin, args: readonly string[], isTerminal: boolean) {
  const overrides = { now: () => NOW };
  const variables = { REJOIN_ADMIN_URL: admin.url, NO_COLOR: "1" };
  const terminal = new TestTerminal({ isTerminal, variables, overrides });
  const ended = terminal.run("inv", "ls", ...args, "--watch", "0.1");
  return { terminal, ended };
}

/** Each look finds it in another status. */
async function startChanging(): Promise<FakeAdmin> {
  const admin = await startFakeAdmin();
  const statuses = ["running", "suspended", "paused"] as const;
  let looks = 0;
  admin.override = ({ path }) => {
    if (!path.startsWith("/invocations")) return undefined;
    const status = statuses[Math.min(looks++, 2)] ?? "paused";
    return { status: 200, body: { invocations: [invocation({ status })] } };
  };
  return admin;
}

describe("--watch", () => {
  it("draws in place on a terminal until Ctrl-C, which is no failure", async () => {
    const { terminal, ended } = await watch(await startChanging(), [], true);
    await terminal.find(/paused/);
    terminal.signal("SIGINT");
    expect(await ended).toBe(0);
    expect(terminal.stdout).toBe("");
    expect(terminal.frames[0]).toMatch(/^--- 2026-11-21 18:00:00\nID .*\ninv_1 .* running /);
    expect(terminal.frames[1]).toContain("suspended");
  });

  it("prints blocks elsewhere", async () => {
    const { terminal, ended } = await watch(await startChanging(), [], false);
    await terminal.find(/paused/);
    terminal.signal("SIGTERM");
    expect(await ended).toBe(0);
    expect(terminal.frames).toEqual([]);
    expect(terminal.stdout.match(/^--- 2026/gm)?.length).toBeGreaterThanOrEqual(3);
  });

  it.each(["--json", "--jsonl"])("prints a document a line with %s", async (flag) => {
    const { terminal, ended } = await watch(await startChanging(), [flag], true);
    await terminal.find(/paused/);
    terminal.signal("SIGINT");
    expect(await ended).toBe(0);
    const [first] = terminal.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const item = flag === "--json" ? first.invocations[0] : first;
    expect(item).toMatchObject({ id: "inv_1", status: "running" });
  });

  it("goes on while the server is away, and ends when it refuses", async () => {
    const admin = await startChanging();
    const { terminal, ended } = await watch(admin, [], false);
    await terminal.find(/running/);
    admin.override = () => ({ status: 400, body: { message: "no more" } });
    expect(await ended).toBe(1);
    expect(terminal.stderr).toBe("error: no more\n");
    const away = new TestTerminal({ variables: { REJOIN_ADMIN_URL: "127.0.0.1:1" } });
    const looking = away.run("inv", "ls", "-w", "0.1");
    await away.find(/cannot reach[\s\S]*cannot reach/);
    away.signal("SIGINT");
    expect(await looking).toBe(0);
  });

  it.each(["0", "x", "-1", "100000"])("refuses %s seconds", async (seconds) => {
    const terminal = new TestTerminal();
    expect(await terminal.run("inv", "ls", `--watch=${seconds}`)).toBe(2);
    expect(terminal.stderr).toContain("number of seconds");
  });
});

describe("invocations watch", () => {
  it("prints a line for each change where there is no terminal, and JSON for programs", async () => {
    const admin = await startFakeAdmin();
    const done = invocation({
      status: "completed",
      completion_result: "failure",
      completion_failure: "[500] no",
    });
    const children = (succeeded: number) => ({
      invocations: [],
      as_of: "2026-11-21T18:00:00Z",
      summary: {
        total: 2,
        by_status: {},
        succeeded,
        failed: 0,
        completed_last_10s: 0,
        completed_last_60s: 0,
      },
      failures: [],
      complete: true,
    });
    let looks = 0;
    admin.override = ({ path }) => {
      if (path.includes("/children"))
        return { status: 200, body: children(Math.min(2, looks >> 1)) };
      looks++;
      return { status: 200, body: looks > 5 ? done : invocation({ status: "suspended" }) };
    };
    const run = async (...args: readonly string[]) => {
      looks = 0;
      const terminal = new TestTerminal({ variables: { REJOIN_ADMIN_URL: admin.url } });
      const code = await terminal.run("inv", "watch", "inv_1", "-n", "0.1", ...args);
      return { code, terminal };
    };
    const text = await run();
    expect(text.code).toBe(5);
    const lines = text.terminal.stdout.split("\n");
    expect(new Set(lines.slice(0, 3)).size).toBe(3);
    expect(text.terminal.stdout).toContain("greeter/greet completed, 2/2: 2 succeeded\n");
    expect(text.terminal.stderr).toContain("error: inv_1 has failed: [500] no");
    const json = await run("--json");
    const documents = json.terminal.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(documents.at(-1)).toMatchObject({ over: true, children: { succeeded: 2 } });
    expect(documents[0]).toMatchObject({ over: false, invocation: { id: "inv_1" } });
  });
});
