/**
 * Random programs for a partition: what can happen to it, as small numbers that are given a meaning
 * by the state in which they meet it, so that any list of them is a program and can be shrunk.
 */

import { stateVersion } from "@rejoin/protocol";
import fc from "fast-check";
import type { InvocationStatus } from "../model/invocation.ts";
import type { EngineRecord, Operation } from "../records.ts";
import {
  mutateState,
  objectTarget,
  operate,
  queryTarget,
  restart,
  resume,
  sharedTarget,
  signal,
} from "./commands.ts";
import type { TestPartition } from "./partition.ts";
import { anyInvocation, contentOf, IDS, idempotentKey, itemsOf, pick } from "./program-items.ts";
import { attempt, attemptFailed, failure, invoke, keyOf, SVC, value, WF } from "./records.ts";
import { rowsPage, stepOf, tasksOf } from "./tasks.ts";

export interface Step {
  readonly what: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const number = fc.nat({ max: 0xffff });
export const programs = fc.array(fc.record({ what: number, a: number, b: number, c: number }), {
  minLength: 1,
  maxLength: 60,
  size: "max",
});

const KINDS = [
  "birth",
  "timer",
  "timer",
  "staleTimer",
  "failed",
  "attach",
  "recover",
  "message",
  "message",
  "expiry",
  "operate",
  "operate",
  "operate",
  "held",
  "signal",
  "mutate",
  "task",
  "task",
  "task",
  "attempt",
  "attempt",
  "attempt",
  "attempt",
  "attempt",
  "attempt",
  "attempt",
  "attempt",
  "attempt",
] as const;

/** The record that `step` stands for in the present state of `partition`; none if it makes no sense. */
export function recordOf(
  partition: TestPartition,
  step: Step,
  n: number,
): EngineRecord | undefined {
  const { what, a, b } = step;
  switch (KINDS[n < 3 ? 0 : what % KINDS.length]) {
    case "birth":
      return birthOf(step, n);
    case "timer": {
      const [timer] = partition.timers();
      if (timer === undefined) return undefined;
      partition.timeMs = Math.max(partition.timeMs, timer.timeMs);
      return { kind: "timer", timer };
    }
    case "staleTimer": {
      const timer = pick(partition.timers(), a);
      return timer && { kind: "timer", timer: { ...timer, timeMs: timer.timeMs + (b % 2) } };
    }
    case "failed": {
      const invocation = anyInvocation(partition, a);
      if (invocation === undefined) return undefined;
      const start = invocation.starts - (b % 4 === 0 ? 1 : 0);
      return attemptFailed(partition, invocation.key, { start });
    }
    case "attach": {
      const key = anyInvocation(partition, a)?.key ?? keyOf(9999);
      return { kind: "attach", key, waiter: {}, mode: b % 2 === 0 ? "attach" : "output" };
    }
    case "recover": {
      const all = partition.invocations().map((invocation) => invocation.key);
      return { kind: "recover", keys: all.slice(0, 1 + (a % 5)) };
    }
    case "message":
      return messageOf(partition, step);
    case "expiry":
      return expiryOf(partition, step);
    case "operate":
      return operationOf(partition, step);
    case "held": {
      const held = partition.invocations().filter((one) => one.pausing);
      const one = pick(held, a);
      return (
        one && { kind: "attemptHeld", key: one.key, start: one.starts - (b % 4 === 0 ? 1 : 0) }
      );
    }
    case "signal": {
      const key = anyInvocation(partition, a)?.key ?? keyOf(9999);
      return signal(key, ([1, 17, "go"] as const)[b % 3] ?? 1, value("s"));
    }
    case "mutate":
      return mutationOf(step);
    case "task":
      return taskOf(partition, step);
    default:
      return attemptOf(partition, step);
  }
}

function birthOf({ a, b, c }: Step, n: number): EngineRecord {
  const scheduledFor = b % 5 === 0 ? 1_700_000_000_000 + c : 0;
  const waiters = { accepted: {}, result: c % 2 === 0 ? {} : undefined };
  const input = contentOf(c);
  if (a % 3 === 0) {
    return invoke(idempotentKey(b % 3), {
      fresh: false,
      idempotencyKey: `k${b % 3}`,
      scheduledFor,
      input,
      ...waiters,
    });
  }
  const object = `o${b % 3}`;
  const targets = [SVC, WF, objectTarget(object), objectTarget(object), sharedTarget(object)];
  const target = [...targets, queryTarget("w")][(a >>> 2) % 6] ?? SVC;
  return invoke(keyOf(n + 1), { target, scheduledFor, input, ...waiters });
}

function messageOf(partition: TestPartition, { a, b, c }: Step): EngineRecord | undefined {
  const sequence = { commit: 1 + (b % 40), index: c % 3 };
  const far = keyOf(5000 + (c % 3), 0xffff_ffff);
  if (a % 2 === 0) {
    const to = anyInvocation(partition, a >>> 1);
    if (to === undefined) return undefined;
    const outcome = c % 3 === 0 ? failure(500, "far") : value(contentOf(c));
    const message = {
      kind: "result",
      for: "call",
      to: to.key,
      bornIn: to.bornIn,
      completionId: 1 + (c % IDS),
      outcome,
    };
    return { kind: "message", source: 1 + (b % 2), sequence, message: message as never };
  }
  const idempotencyKey = `k${c % 3}`;
  return {
    kind: "message",
    source: 1 + (b % 2),
    sequence,
    message: {
      kind: "invoke",
      to: idempotentKey(c % 3),
      fresh: false,
      target: SVC,
      idempotencyKey,
      limitKey: "",
      headers: [],
      input: contentOf(c),
      scheduledFor: 0,
      caller: far,
      callerBornIn: 1,
      completionId: b % 4,
      root: far,
    },
  };
}

function expiryOf(partition: TestPartition, { a, b, c }: Step): EngineRecord | undefined {
  const completed = partition.invocations().filter((one) => one.status === "completed");
  const entry = pick(completed, a);
  if (entry === undefined) return undefined;
  const what = b % 2 === 0 ? "journal" : "invocation";
  const { key, bornIn } = entry;
  const rows = rowsPage(partition, entry, what === "journal" ? "purgeJournal" : "purge");
  const page = [{ key, bornIn, what, ...rows, isHeld: c % 5 === 0 } as const];
  return { kind: "taskPage", task: "expiry", page, list: { second: 1, batch: c % 7 }, rest: [] };
}

function operationOf(partition: TestPartition, { a, b, c }: Step): EngineRecord {
  const operation = operationsOf(c)[b % 12] ?? { kind: "cancel" };
  const all = partition.invocations();
  // Most of what is asked for makes sense.
  const fitting = all.filter(({ status }) => status === FITTING[operation.kind]);
  const invocation = pick(a % 4 === 0 || fitting.length === 0 ? all : fitting, a >>> 2);
  const { key = keyOf(9999), journalLength = 1 } = invocation ?? {};
  if (operation.kind !== "restart" || operation.from === 0) return operate(key, operation);
  return operate(key, { ...operation, from: operation.from % (journalLength + 1) });
}

function operationsOf(c: number): readonly Operation[] {
  return [
    { kind: "cancel" },
    { kind: "cancel" },
    { kind: "kill" },
    { kind: "pause" },
    { kind: "pause" },
    resume(c % 3 === 0 ? "latest" : "keep"),
    resume(c % 5 === 0 ? { id: "nope" } : "keep"),
    { kind: "purge" },
    { kind: "purgeJournal" },
    restart(0, c % 2 === 0 ? "keep" : "latest"),
    restart(1 + c, "keep"),
    restart(1 + c, c % 5 === 0 ? { id: "nope" } : "latest"),
  ];
}

/** The state of those for whom an operation was made. */
const FITTING: Readonly<Record<Operation["kind"], InvocationStatus>> = {
  cancel: "inboxed",
  kill: "suspended",
  pause: "suspended",
  resume: "paused",
  purge: "completed",
  purgeJournal: "completed",
  restart: "completed",
};

function mutationOf({ a, b, c }: Step): EngineRecord {
  const entries = { a: `m${c}`, ...(b % 2 === 0 ? { z: "z" } : {}) };
  return mutateState(`o${a % 3}`, entries, b % 3 === 0 ? stateVersion([]) : undefined);
}

/** The next step of a task, or one that it does not wait for. */
function taskOf(partition: TestPartition, { a, b }: Step): EngineRecord | undefined {
  const task = pick(tasksOf(partition), a);
  if (task === undefined) return undefined;
  const record = stepOf(partition, task);
  const { step } = record;
  if (b % 5 !== 0 || !("from" in step)) return record;
  return { ...record, step: { ...step, from: step.from + 1 } };
}

function attemptOf(partition: TestPartition, step: Step): EngineRecord | undefined {
  const all = partition.invocations();
  const invoked = all.filter((one) => one.status === "invoked" && one.nextRetryAt === 0);
  const invocation = pick(step.a % 9 === 0 ? all : invoked, step.a >>> 3);
  // No attempt has the number of the next one before that has been started.
  if (invocation === undefined || invocation.nextRetryAt !== 0) return undefined;
  const messages = itemsOf(partition, invocation, step);
  const start = invocation.starts - (step.a % 13 === 0 ? 1 : 0);
  return attempt(partition, invocation.key, messages, {
    start,
    version: ([5, 6, 7] as const)[step.b % 3] ?? 7,
  });
}
