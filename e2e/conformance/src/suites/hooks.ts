/** Attempts and runs as hooks see them: how often the server makes them, and how they end. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group, TestRun } from "../harness/group.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import { on } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

const BEFORE = "handler: before";
const AFTER = "handler: after";
const ERROR = "handler: error";

/** The events of an invocation once the handler's last is this one. */
function eventsUntil({ ingress }: RunningCell, id: string, last: string): Promise<string[]> {
  return until(
    `the last event is ${last}`,
    () => ingress.call<string[]>(on("Hooked", "events"), id),
    (events) => events.findLast((event) => event.startsWith("handler")) === last,
  );
}

const count = (events: readonly string[], wanted: string): number =>
  events.filter((event) => event === wanted).length;

/** Each attempt has a beginning and an end, one after another; only the last succeeds. */
function assertAttempts(events: readonly string[]): void {
  const attempts = events.filter((event) => event.startsWith("handler"));
  const failed = attempts.length / 2 - 1;
  const expected = Array.from({ length: failed }, () => [BEFORE, ERROR]).flat();
  expect(attempts.join(", "), JSON.stringify(events)).toBe([...expected, BEFORE, AFTER].join(", "));
}

/** Succeeds, with each of these events so often, in however many attempts. */
const succeeds =
  (handler: string, counts: Readonly<Record<string, number>>): TestRun =>
  async (running) => {
    const { ingress } = running;
    const { invocationId } = await ingress.send(on("Hooked", handler));
    expect(await ingress.attach(invocationId)).toBe("done");
    const events = await eventsUntil(running, invocationId, AFTER);
    assertAttempts(events);
    for (const [event, wanted] of Object.entries(counts)) {
      expect(count(events, event), `${event} in ${JSON.stringify(events)}`).toBe(wanted);
    }
  };

const once = (run: string) => ({ [`run ${run}: before`]: 1, [`run ${run}: after`]: 1 });

export const hooks: Group = {
  name: "Hooks",
  needs: ["Hooked"],
  tests: {
    "see a run once": succeeds("plain", once("one")),

    "see a failure": async (running) => {
      const { ingress } = running;
      const { invocationId } = await ingress.send(on("Hooked", "fail"));
      const { failure } = await failureOf(ingress.attach(invocationId));
      expect(failure.message).toBe("failed for good");
      expect(await eventsUntil(running, invocationId, ERROR)).toEqual([BEFORE, ERROR]);
    },

    "see no replayed run": succeeds("retryAfterRun", { ...once("one"), "after the run": 3 }),

    "see a run that is tried again": succeeds("retryInRun", {
      "run one: before": 2,
      "run one: error": 1,
      "run one: after": 1,
    }),

    "see a run that fails for good after two executions": async (running) => {
      const { ingress } = running;
      const { invocationId } = await ingress.send(on("Hooked", "failInRun"));
      await failureOf(ingress.attach(invocationId));
      const events = await eventsUntil(running, invocationId, ERROR);
      expect(count(events, "run one: before")).toBe(2);
      expect(count(events, "run one: error")).toBe(2);
    },

    "see each run once, before and after a wait": succeeds("wait", {
      ...once("one"),
      ...once("two"),
    }),

    "see an attempt that was aborted": succeeds("abort", {
      "run slow: before": 2,
      "run slow: error": 1,
      "run slow: after": 1,
    }),

    "see a cancellation while a run is executed": {
      without: ({ suspends, transport }) =>
        suspends === "always" || transport === "http1"
          ? "an attempt that cannot be told anything is not told of a cancellation while it runs"
          : undefined,
      run: async (running) => {
        const { ingress, admin } = running;
        const { invocationId } = await ingress.send(on("Hooked", "hang"));
        await until(
          "the run is executed",
          () => ingress.call<string[]>(on("Hooked", "events"), invocationId),
          (events) => events.includes("run slow: before"),
        );
        await admin.mustAct(invocationId, "cancel");
        const { failure } = await failureOf(ingress.attach(invocationId));
        expect(failure).toMatchObject({ code: 409, message: "Cancelled" });
        const events = await eventsUntil(running, invocationId, ERROR);
        expect(events.slice(0, 3)).toEqual([BEFORE, "run slow: before", ERROR]);
      },
    },
  },
};
