/** Records for the tests of the partition and the invoker, with only what a test is about to say. */
import {
  type AttemptRecord,
  DEFAULT_SETTINGS,
  type EngineRecord,
  type HandlerSettings,
  type InvokeRecord,
  type Operation,
  type Registry,
  type Target,
} from "@rejoin/engine";
import { createInvocationKey, type InvocationKey, ulidBytes } from "@rejoin/protocol";

export const START_MS = 1_700_000_000_000;

/** The id of the `n`-th invocation; `high` decides on its partition. */
export function keyOf(n: number, high = 0): InvocationKey {
  return createInvocationKey({ high, low: n }, ulidBytes(START_MS, new Uint8Array(10), n));
}

export function invoke(key: InvocationKey, options: Partial<InvokeRecord> = {}): InvokeRecord {
  return {
    kind: "invoke",
    key,
    fresh: true,
    target: { service: "S", handler: "h", key: "", handlerKind: "service" },
    idempotencyKey: undefined,
    limitKey: "",
    headers: [],
    input: new Uint8Array(0),
    scheduledFor: 0,
    accepted: undefined,
    result: undefined,
    ...options,
  };
}

/** Of an exclusive handler of the object `key`. */
export function objectTarget(key: string): Target {
  return { service: "O", handler: "h", key, handlerKind: "exclusive", scope: "" };
}

/** Of the run of the workflow `key`. */
export function workflowTarget(key: string): Target {
  return { service: "W", handler: "run", key, handlerKind: "workflow", scope: "" };
}

export function setState(name: string, value: string | Uint8Array): EndpointItem {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return { kind: "setState", name: "", key: new TextEncoder().encode(name), value: bytes };
}

export const CLEAR_ALL_STATE: EndpointItem = { kind: "clearAllState", name: "" };

export function oneWayCall(invocationIdCompletionId: number): EndpointItem {
  return {
    kind: "oneWayCall",
    name: "",
    service: "S",
    handler: "h",
    key: "",
    parameter: new Uint8Array(0),
    headers: [],
    invocationIdCompletionId,
    invokeTime: 0,
  };
}

export function operate(key: InvocationKey, operation: Operation): EngineRecord {
  return { kind: "operate", key, operation, waiter: {} };
}

export function propose(completionId: number, value = new Uint8Array(0)): EndpointItem {
  return { kind: "proposeRunCompletion", completionId, result: { kind: "value", value } };
}

export type EndpointItem = AttemptRecord["items"][number]["message"];

export function attempt(
  key: InvocationKey,
  messages: readonly EndpointItem[],
  start = 1,
): AttemptRecord {
  return {
    kind: "attempt",
    key,
    start,
    pin: { deploymentId: "d", protocolVersion: 7 },
    given: Number.MAX_SAFE_INTEGER,
    items: messages.map((message) => ({ message, frame: undefined })),
    bytesAbout: 0,
  };
}

export const END = { kind: "end" } as const;

export function output(value: Uint8Array = new Uint8Array(0)): EndpointItem {
  return { kind: "output", name: "", result: { kind: "value", value } };
}

export function finish(key: InvocationKey, value?: Uint8Array): AttemptRecord {
  return attempt(key, [output(value), END]);
}

export function run(resultCompletionId: number): EndpointItem {
  return { kind: "run", name: "", resultCompletionId };
}

export function attach(key: InvocationKey, waiter: object = {}): EngineRecord {
  return { kind: "attach", key, waiter, mode: "output" };
}

/** A registry in which every handler of every service is there. */
export function registryOf(settings: Partial<HandlerSettings> = {}): Registry {
  const own = { ...DEFAULT_SETTINGS, ...settings };
  const handlers = { get: () => own } as unknown as ReadonlyMap<string, HandlerSettings>;
  const revision = {
    name: "S",
    kind: "service",
    revision: 1,
    deploymentId: "d",
    handlers,
  } as const;
  return {
    version: 1,
    latest: () => revision,
    limitsOf: () => [],
    concurrencyOf: () => undefined,
    revisionAt: () => revision,
    deployment: (id) => ({ id, minProtocolVersion: 5, maxProtocolVersion: 7 }),
  };
}

/** A promise that a test settles. */
export class Gate<T = void> {
  readonly promise: Promise<T>;
  open!: (value: T) => void;
  fail!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.open = resolve;
      this.fail = reject;
    });
  }
}
