/** Inactivity and abort timeouts (server.md §1.3, §5.6). */
import { describe, expect, it } from "vitest";
import { ManualPorts } from "../testing/manual-ports.ts";
import type { Attempt } from "./attempt.ts";
import { IdleWatch } from "./idle-watch.ts";

interface Watched {
  readonly ticket: number;
  readonly events: { readonly what: string; readonly at: number }[];
  touch(): void;
}

function begin() {
  const ports = new ManualPorts();
  const start = ports.clock.now();
  const watch = new IdleWatch(ports);
  const now = () => ports.clock.now() - start;
  /** Stands for an attempt: `silent` ones do not react to anything. */
  const add = (
    inactivityTimeoutMs: number,
    abortTimeoutMs: number,
    onAbort = () => {},
  ): Watched => {
    const events: Watched["events"] = [];
    const attempt = {
      lastActivityAt: ports.clock.now(),
      closedInputAt: 0,
      requestSuspension: () => {
        events.push({ what: "suspend", at: now() });
        attempt.closedInputAt = ports.clock.now();
      },
      abortWith: ({ docCode, message }: { docCode: string; message: string }) => {
        events.push({ what: `${docCode} ${message}`, at: now() });
        watch.unwatch(ticket);
        onAbort();
      },
    };
    const ticket = watch.watch(attempt as unknown as Attempt, {
      inactivityTimeoutMs,
      abortTimeoutMs,
    });
    const touch = () => {
      attempt.lastActivityAt = ports.clock.now();
    };
    return { ticket, events, touch };
  };
  return { ports, watch, add };
}

/** A timeout is met within an eighth of it. */
function expectWithin(at: number | undefined, timeoutMs: number): void {
  expect(at).toBeGreaterThanOrEqual(timeoutMs);
  expect(at).toBeLessThanOrEqual(timeoutMs * 1.25 + 10);
}

describe("a silent attempt", () => {
  it("is asked to suspend after its inactivity timeout, and aborted after its abort timeout", async () => {
    for (const [inactivity, abort] of [
      [100, 400],
      [2000, 2000],
      [60_000, 600_000],
      [50, 20],
    ] as const) {
      const { ports, add } = begin();
      const { events } = add(inactivity, abort);
      await ports.advance(2 * (inactivity + abort));
      expect(events.map(({ what }) => what.slice(0, 7))).toEqual(["suspend", "RT0001 "]);
      expectWithin(events[0]?.at, inactivity);
      expect((events[1]?.at ?? 0) - (events[0]?.at ?? 0)).toBeGreaterThanOrEqual(abort);
      expect(events[1]?.what).toContain(`${abort} ms`);
    }
  });

  it("that says something has its time anew, before and after it was asked", async () => {
    const { ports, add } = begin();
    const { events, touch } = add(100, 200);
    for (let i = 0; i < 10; i++) {
      await ports.advance(60);
      touch();
    }
    expect(events).toEqual([]);
    await ports.advance(130);
    expect(events).toHaveLength(1);
    for (let i = 0; i < 5; i++) {
      await ports.advance(100);
      touch();
    }
    expect(events).toHaveLength(1);
    await ports.advance(300);
    expect(events).toHaveLength(2);
  });

  it("is left alone once it is not watched any more", async () => {
    const { ports, add, watch } = begin();
    const { ticket, events } = add(100, 100);
    watch.unwatch(ticket);
    await ports.advance(1000);
    expect(events).toEqual([]);
  });
});

describe("many attempts", () => {
  it("are watched with one timer, each by its own timeouts", async () => {
    const { ports, add } = begin();
    const timeouts = [60_000, 100, 5000, 100, 1000];
    const all = timeouts.map((timeoutMs) => add(timeoutMs, 1_000_000));
    expect(ports.timerCount).toBe(1);
    await ports.advance(70_000);
    for (const [i, { events }] of all.entries()) expectWithin(events[0]?.at, timeouts[i] ?? 0);
  });

  it("are watched with one timer too when one begins as another is aborted", async () => {
    const { ports, add } = begin();
    for (let i = 0; i < 5; i++) add(100, 100, () => void add(60_000, 60_000));
    await ports.advance(1000);
    expect(ports.timerCount).toBe(1);
  });

  it("cost nothing while there are none, also after there were some", async () => {
    const { ports, add, watch } = begin();
    const { ticket } = add(100, 100);
    watch.unwatch(ticket);
    await ports.advance(5000);
    expect(ports.timerCount).toBe(0);
    const later = add(100, 100);
    await ports.advance(150);
    expect(later.events).toHaveLength(1);
  });

  it("are forgotten when the server closes", async () => {
    const { ports, add, watch } = begin();
    const { events } = add(100, 100);
    watch.close();
    expect(ports.timerCount).toBe(0);
    await ports.advance(1000);
    expect(events).toEqual([]);
  });
});
