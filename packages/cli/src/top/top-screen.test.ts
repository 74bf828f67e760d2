import type { InvocationGroup, Overview } from "@rejoin/client";
import { createElement } from "react";
import { describe, expect, it } from "vitest";
import { PLAIN } from "../render/colours.ts";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { invocation } from "../testing/resources.ts";
import { TestTerminal } from "../testing/test-environment.ts";
import { openTestScreen, type TestScreen } from "../testing/test-screen.ts";
import type { TopData } from "./top-data.ts";
import { TopScreen } from "./top-screen.ts";

const NOW = Date.parse("2026-11-21T18:00:00Z");

const OVERVIEW: Overview = {
  as_of: "2026-11-21T18:00:00Z",
  complete: true,
  deployments: 2,
  invocations: {
    total: 1200,
    by_status: { running: 3, paused: 1, completed: 1196 },
    by_service: [
      { service: "quiet", total: 1000, by_status: { completed: 1000 } },
      { service: "busy", total: 200, by_status: { running: 3, paused: 1, completed: 196 } },
    ],
  },
  completed: {
    last_minute: { succeeded: 116, failed: 4 },
    last_hour: [
      { at: "2026-11-21T17:58:00Z", started: 1, succeeded: 10, failed: 0 },
      { at: "2026-11-21T17:59:00Z", started: 1, succeeded: 80, failed: 0 },
    ],
  },
  stuck: [
    {
      kind: "paused",
      service: "busy",
      count: 1,
      why: "the shop is closed",
      since: "2026-11-21T17:50:00Z",
      sample_ids: ["inv_s"],
    },
  ],
};

const FAILURE: InvocationGroup = {
  service: "busy",
  failure: "no such article",
  failure_code: 404,
  count: 4,
  oldest_created_at: "2026-11-21T17:59:00Z",
  oldest_modified_at: "2026-11-21T17:59:00Z",
  sample_ids: ["inv_f"],
};

const DATA: TopData = {
  overview: OVERVIEW,
  oldest: Array.from({ length: 60 }, (_, index) => invocation({ id: `inv_old${index}` })),
  failures: [FAILURE],
};

/** What is on the screen when it fits. */
async function find(screen: TestScreen, pattern: RegExp): Promise<string> {
  await until(() => pattern.test(screen.frames.at(-1) ?? ""));
  return screen.frames.at(-1) ?? "";
}

interface Opened {
  readonly screen: TestScreen;
  /** Lets the time until the next look pass. */
  readonly tick: () => void;
  /** Whether there will be one. */
  readonly isWaiting: () => boolean;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve));
}

function open(fetch: () => Promise<TopData>): Opened {
  let wake: (() => void) | undefined;
  const after = (_delayMs: number, callback: () => void) => {
    wake = callback;
    return () => {
      wake = undefined;
    };
  };
  const props = {
    fetch,
    where: "http://here",
    intervalMs: 1000,
    now: () => NOW,
    after,
    colours: PLAIN,
  };
  const screen = openTestScreen(createElement(TopScreen, props), () => undefined);
  return { screen, tick: () => wake?.(), isWaiting: () => wake !== undefined };
}

describe("rejoin top", () => {
  it("shows rates and services, the busiest first", async () => {
    const { screen } = open(async () => DATA);
    const frame = await find(screen, /SERVICE/);
    expect(frame).toContain("rejoin http://here  2 deployments, 1200 invocations");
    expect(frame).toContain("116 succeeded, 4 failed, 2.0/s");
    expect(frame).toContain("3 running, 1 paused");
    expect(frame.indexOf("\nbusy ")).toBeLessThan(frame.indexOf("\nquiet "));
    screen.close();
  });

  it("turns, moves, holds and quits by keys", async () => {
    let looks = 0;
    const { screen, isWaiting } = open(async () => {
      looks++;
      return DATA;
    });
    await find(screen, /SERVICE/);
    screen.type("\t");
    expect(await find(screen, /KIND/)).toMatch(/1 +paused +busy +10 m +the shop is closed +inv_s/);
    screen.type("4");
    expect(await find(screen, /FAILURE/)).toMatch(/4 +busy +\[404\] no such article +1 m +inv_f/);
    screen.type("3");
    await find(screen, /inv_old0 /);
    screen.type("j");
    expect(await find(screen, /inv_old1 /)).not.toContain("inv_old59");
    await find(screen, /^(?![\s\S]*inv_old0 )[\s\S]*inv_old1 /);
    screen.type("k");
    await find(screen, /inv_old0 /);
    screen.type(" ");
    await find(screen, /held/);
    await until(() => !isWaiting());
    const before = looks;
    screen.type(" ");
    await find(screen, /space holds/);
    await until(() => looks === before + 1);
    screen.type("q");
    await screen.ended;
  });

  it("keeps what it has while the server is away", async () => {
    const answers = [
      Promise.resolve(DATA),
      Promise.reject(new Error("gone fishing")),
      Promise.resolve(DATA),
    ];
    for (const answer of answers) answer.catch(() => undefined);
    const { screen, tick } = open(() => answers.shift() ?? Promise.resolve(DATA));
    await find(screen, /SERVICE/);
    tick();
    expect(await find(screen, /gone fishing/)).toContain("SERVICE");
    tick();
    await find(screen, /^(?![\s\S]*gone fishing)[\s\S]*SERVICE/);
    screen.close();
  });
});

describe("the command", () => {
  it("takes the screen of a terminal, and gives it back on a signal", async () => {
    const admin = await startFakeAdmin();
    admin.override = ({ path }) => {
      if (path.startsWith("/overview")) return { status: 200, body: OVERVIEW };
      if (path.startsWith("/invocations/summary")) {
        return { status: 200, body: { groups: [FAILURE], total: 4, as_of: "", complete: true } };
      }
      return undefined;
    };
    const terminal = new TestTerminal({
      isTerminal: true,
      answer: true,
      variables: { REJOIN_ADMIN_URL: admin.url },
    });
    const ended = terminal.run("top");
    while (terminal.screen === undefined)
      await new Promise<void>((resolve) => setImmediate(resolve));
    await find(terminal.screen, /busy/);
    terminal.signal("SIGTERM");
    expect(await ended, terminal.stderr).toBe(0);
    expect(terminal.stdout).toBe("");
  });

  it("says that there is no server before it takes the screen", async () => {
    const variables = { REJOIN_ADMIN_URL: "127.0.0.1:1" };
    const terminal = new TestTerminal({ isTerminal: true, answer: true, variables });
    expect(await terminal.run("top")).toBe(1);
    expect(terminal.screen).toBeUndefined();
    expect(terminal.stderr).toContain("cannot reach the admin API");
  });
});
