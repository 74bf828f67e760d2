/** What the attempts of random programs send. */
import {
  type AttachTarget,
  Combinator,
  createInvocationKey,
  deterministicUuid,
  type Future,
  type InvocationKey,
} from "@rejoin/protocol";
import type { Invocation } from "../model/invocation.ts";
import {
  attachTo,
  CLEAR_ALL_STATE,
  clearState,
  completeAwakeable,
  completePromise,
  getLazyState,
  getLazyStateKeys,
  getPromise,
  outputOf,
  peekPromise,
  sendSignal,
  setState,
} from "./commands.ts";
import type { TestPartition } from "./partition.ts";
import {
  bytes,
  call,
  END,
  type EndpointItem,
  errorMessage,
  failure,
  future,
  keyOf,
  oneWayCall,
  output,
  patterned,
  propose,
  run,
  sleep,
  suspension,
  value,
} from "./records.ts";

/** Completion ids are below it. */
export const IDS = 12;

export function pick<T>(values: readonly T[], at: number): T | undefined {
  return values[at % values.length];
}

export function anyInvocation(partition: TestPartition, at: number): Invocation | undefined {
  return pick(partition.invocations(), at);
}

export function idempotentKey(n: number): InvocationKey {
  const request = { kind: "idempotentRequest", service: "Svc", handler: "work" } as const;
  const uuid = deterministicUuid({ ...request, idempotencyKey: `k${n}` });
  return createInvocationKey({ high: 0, low: 0 }, uuid);
}

export function contentOf(c: number): Uint8Array {
  if (c % 11 === 0) return patterned(70_000, c);
  return c % 4 === 0 ? patterned(3000, c) : bytes(`c${c}`);
}

/** The items that an attempt of `invocation` sends, by the numbers of a step. */
export function itemsOf(
  partition: TestPartition,
  invocation: Invocation,
  { b, c }: { readonly b: number; readonly c: number },
): readonly EndpointItem[] {
  const result = c % 4 === 0 ? failure(500, "out") : value(contentOf(c));
  switch (b % 10) {
    case 0:
    case 9:
      return [output(result), END];
    case 1:
      return [itemOf(partition, c), output(result)];
    case 2:
      return [END];
    case 3:
    case 4:
      return [suspension(treeOf(c))];
    case 5:
      return keyedItems(invocation, c);
    default: {
      const items = Array.from({ length: 1 + (b % 4) }, (_, i) => c * (i + 3) + i * 7);
      return items.map((item) => itemOf(partition, item));
    }
  }
}

/** Commands that the invocation may use; what others it uses is refused. */
function keyedItems({ target }: Invocation, c: number): readonly EndpointItem[] {
  const { handlerKind, service } = target;
  const has = { state: handlerKind !== "service", promises: service === "Wf" };
  const writes = handlerKind === "exclusive" || handlerKind === "workflow";
  return [c, c >>> 3, c >>> 6].flatMap((n) => {
    if (n % 2 === 0 && has.promises) return [promiseItem(n >>> 1)];
    if (writes && n % 3 !== 0) return [stateWrite(n >>> 1)];
    if (has.state) return [n % 3 === 0 ? getLazyStateKeys(1 + (n % IDS)) : getLazyState(2, "b")];
    return n % 13 === 0 ? [stateWrite(n)] : [run(1 + (n % IDS))];
  });
}

function stateWrite(n: number): EndpointItem {
  const name = ["a", "b", "\u0000", ""][n % 4] ?? "a";
  switch ((n >>> 2) % 5) {
    case 0:
      return CLEAR_ALL_STATE;
    case 1:
      return clearState(name);
    default:
      return setState(name, contentOf(n));
  }
}

function promiseItem(n: number): EndpointItem {
  const id = 1 + (n % IDS);
  const name = `p${n % 3}`;
  switch ((n >>> 2) % 4) {
    case 0:
      return peekPromise(id, name);
    case 1:
      return completePromise(id, name, n % 5 === 0 ? failure(400, "no") : value(contentOf(n)));
    default:
      return getPromise(id, name);
  }
}

function itemOf(partition: TestPartition, c: number): EndpointItem {
  const id = 1 + (c % IDS);
  const idempotencyKey = `k${c % 3}`;
  switch ((c >>> 2) % 19) {
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
    case 10:
    case 11:
      return call(id + 1, {
        service: "Obj",
        handler: c % 7 === 0 ? "get" : "add",
        key: `o${c % 3}`,
      });
    case 12:
      return oneWayCall(id, { service: "Wf", handler: c % 2 === 0 ? "run" : "query", key: "w" });
    case 13:
      return attachTo(id, attached(partition, c));
    case 14:
      return outputOf(id, attached(partition, c));
    case 15: {
      const to = anyInvocation(partition, c >>> 4)?.key ?? keyOf(9999);
      return sendSignal(to, ([1, 17, "go"] as const)[c % 3] ?? 1, value("s"));
    }
    case 16:
      return completeAwakeable(
        anyInvocation(partition, c >>> 4)?.key ?? keyOf(9999),
        17,
        value("w"),
      );
    default:
      return suspension(treeOf(c));
  }
}

function attached(partition: TestPartition, c: number): AttachTarget | InvocationKey {
  if (c % 4 === 0) {
    return { kind: "idempotentRequest", service: "Svc", handler: "work", idempotencyKey: "k0" };
  }
  return anyInvocation(partition, c >>> 4)?.key ?? keyOf(9999);
}

/** Trees over completions, and at times the cancel signal, as SDKs add it. */
function treeOf(c: number): Future {
  const combinators = Object.values(Combinator);
  const ids = (seed: number) =>
    Array.from({ length: 1 + (seed % 4) }, (_, i) => 1 + ((seed + i * 5) % IDS));
  const combinator = combinators[c % combinators.length] ?? Combinator.unknown;
  if (c % 5 === 0) {
    return { ...future(Combinator.firstCompleted, ids(c)), signals: [1, 17], namedSignals: ["go"] };
  }
  if (c % 3 !== 0) return future(combinator, ids(c));
  const nested = [1, 2].map((n) =>
    future(combinators[(c + n) % combinators.length] ?? Combinator.unknown, ids(c * n)),
  );
  return future(combinator, c % 2 === 0 ? ids(c >>> 3) : [], nested);
}
