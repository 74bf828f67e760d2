/**
 * Random programs for a partition: what can happen to it, as small numbers that are given a meaning
 * by the state in which they meet it, so that any list of them is a program and can be shrunk.
 */
import { Combinator, createInvocationKey, deterministicUuid, type Future } from "@rejoin/protocol";
import fc from "fast-check";
import type { Invocation } from "../model/invocation.ts";
import type { EngineRecord } from "../records.ts";
import type { TestPartition } from "./partition.ts";
import {
  attempt,
  attemptFailed,
  bytes,
  call,
  END,
  type EndpointItem,
  errorMessage,
  failure,
  future,
  invoke,
  keyOf,
  oneWayCall,
  output,
  patterned,
  propose,
  run,
  SVC,
  sleep,
  suspension,
  value,
  WF,
} from "./records.ts";

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
});

const IDS = 12;

function pick<T>(values: readonly T[], at: number): T | undefined {
  return values[at % values.length];
}

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
    default:
      return attemptOf(partition, step);
  }
}

function anyInvocation(partition: TestPartition, at: number): Invocation | undefined {
  return pick(partition.invocations(), at);
}

function idempotentKey(n: number): string {
  const request = { kind: "idempotentRequest", service: "Svc", handler: "work" } as const;
  const uuid = deterministicUuid({ ...request, idempotencyKey: `k${n}` });
  return createInvocationKey({ high: 0, low: 0 }, uuid);
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
  const target = a % 3 === 1 ? SVC : WF;
  return invoke(keyOf(n + 1), { target, scheduledFor, input, ...waiters });
}

function contentOf(c: number): Uint8Array {
  if (c % 11 === 0) return patterned(70_000, c);
  return c % 4 === 0 ? patterned(3000, c) : bytes(`c${c}`);
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
  const page = [{ key: entry.key, what, rows: [], more: c % 3 === 0 } as const];
  return { kind: "taskPage", task: "expiry", page, list: { minute: 1, batch: c % 7 }, rest: [] };
}

function attemptOf(partition: TestPartition, step: Step): EngineRecord | undefined {
  const all = partition.invocations();
  const invoked = all.filter((one) => one.status === "invoked" && one.nextRetryAt === 0);
  const invocation = pick(step.a % 9 === 0 ? all : invoked, step.a >>> 3);
  // No attempt has the number of the next one before that has been started.
  if (invocation === undefined || invocation.nextRetryAt !== 0) return undefined;
  const messages = messagesOf(partition, step);
  const start = invocation.starts - (step.a % 13 === 0 ? 1 : 0);
  return attempt(partition, invocation.key, messages, {
    start,
    version: ([5, 6, 7] as const)[step.b % 3] ?? 7,
  });
}

function messagesOf(partition: TestPartition, { b, c }: Step): readonly EndpointItem[] {
  const result = c % 4 === 0 ? failure(500, "out") : value(contentOf(c));
  switch (b % 9) {
    case 0:
      return [output(result), END];
    case 1:
      return [itemOf(partition, c), output(result)];
    case 2:
      return [END];
    case 3:
    case 4:
      return [suspension(treeOf(c))];
    default: {
      const items = Array.from({ length: 1 + (b % 4) }, (_, i) => c * (i + 3) + i * 7);
      return items.map((item) => itemOf(partition, item));
    }
  }
}

function itemOf(partition: TestPartition, c: number): EndpointItem {
  const id = 1 + (c % IDS);
  const idempotencyKey = `k${c % 3}`;
  switch ((c >>> 2) % 13) {
    case 0:
      return call(id + 1, { parameter: contentOf(c) });
    case 1:
      return call(id + 1, { idempotencyKey });
    case 2:
      return oneWayCall(
        id,
        c % 2 === 0 ? { idempotencyKey } : { invokeTime: partition.timeMs + c },
      );
    case 3:
      return sleep(id, partition.timeMs + (c % 1000));
    case 4:
      return run(id);
    case 5:
      return propose(id, c % 5 === 0 ? failure(400, "x") : value(contentOf(c)), c % 2 === 0);
    case 6:
      return output(c % 4 === 0 ? failure(500, "out") : value(contentOf(c)));
    case 7:
      return END;
    case 8:
      return errorMessage({
        behavior: ([0, 0, 0, 1, 2] as const)[c % 5] ?? 0,
        ...(c % 3 === 0 ? { nextRetryDelayMs: c % 100 } : {}),
      });
    case 9:
      return call(id, { service: "Nope" });
    default:
      return suspension(treeOf(c));
  }
}

function treeOf(c: number): Future {
  const combinators = Object.values(Combinator);
  const ids = (seed: number) =>
    Array.from({ length: 1 + (seed % 4) }, (_, i) => 1 + ((seed + i * 5) % IDS));
  const combinator = combinators[c % combinators.length] ?? Combinator.unknown;
  if (c % 3 !== 0) return future(combinator, ids(c));
  const nested = [1, 2].map((n) =>
    future(combinators[(c + n) % combinators.length] ?? Combinator.unknown, ids(c * n)),
  );
  return future(combinator, c % 2 === 0 ? ids(c >>> 3) : [], nested);
}
