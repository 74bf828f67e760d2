/** Records, messages and ids for the engine's tests, with only what a test is about to say. */
import {
  type CallCommand,
  Combinator,
  createInvocationKey,
  type Failure,
  type Future,
  type InvocationKey,
  type OneWayCallCommand,
  type Outcome,
  type OutputCommand,
  type ProtocolVersion,
  ulidBytes,
} from "@rejoin/protocol";
import type { AttemptFailure, Target } from "../model/invocation.ts";
import type {
  AttemptFailedRecord,
  AttemptItem,
  AttemptRecord,
  InvokeRecord,
  TimerRecord,
} from "../records.ts";
import type { TimerId } from "../rows/keys.ts";
import type { Applied, TestPartition } from "./partition.ts";
import { DEPLOYMENT } from "./registry.ts";

export type EndpointItem = AttemptItem["message"];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function text(value: Uint8Array): string {
  return decoder.decode(value);
}

/** Bytes whose content depends on their place, so that a wrong piece shows. */
export function patterned(length: number, seed = 1): Uint8Array {
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) result[i] = (i * 31 + (i >>> 8) * seed + seed) & 0xff;
  return result;
}

export function value(content: string | Uint8Array): Outcome {
  return { kind: "value", value: typeof content === "string" ? bytes(content) : content };
}

export function failure(code: number, message: string): Outcome & { readonly kind: "failure" } {
  return { kind: "failure", failure: { code, message } satisfies Failure };
}

/** The id of the `n`-th invocation; `high` decides on its partition. */
export function keyOf(n: number, high = 0): InvocationKey {
  return createInvocationKey(
    { high, low: n },
    ulidBytes(1_700_000_000_000 + n, new Uint8Array(10), n),
  );
}

export const SVC: Target = {
  service: "Svc",
  handler: "work",
  key: "",
  handlerKind: "service",
  scope: "",
};
export const WF: Target = {
  service: "Wf",
  handler: "run",
  key: "w",
  handlerKind: "workflow",
  scope: "",
};

export function invoke(key: InvocationKey, options: Partial<InvokeRecord> = {}): InvokeRecord {
  return {
    kind: "invoke",
    key,
    fresh: true,
    target: SVC,
    idempotencyKey: undefined,
    limitKey: "",
    headers: [],
    input: bytes("in"),
    scheduledFor: 0,
    accepted: undefined,
    result: undefined,
    ...options,
  };
}

export interface AttemptOptions {
  /** By default the invocation's current one. */
  readonly start?: number;
  readonly version?: ProtocolVersion;
  readonly deploymentId?: string;
  /** The last entry that it was given; by default its Input. */
  readonly given?: number;
}

export function attempt(
  partition: TestPartition,
  key: InvocationKey,
  messages: readonly EndpointItem[],
  options: AttemptOptions = {},
): AttemptRecord {
  const start = options.start ?? partition.invocation(key)?.starts ?? 1;
  return {
    kind: "attempt",
    key,
    start,
    pin: {
      deploymentId: options.deploymentId ?? DEPLOYMENT,
      protocolVersion: options.version ?? 7,
    },
    given: options.given ?? 0,
    items: messages.map((message) => ({ message, frame: undefined })),
    bytesAbout: 0,
  };
}

/** Applies what an attempt of the invocation sends. */
export function send(
  partition: TestPartition,
  key: InvocationKey,
  messages: readonly EndpointItem[],
  options: AttemptOptions = {},
): Applied {
  return partition.apply(attempt(partition, key, messages, options));
}

export const END = { kind: "end" } as const;

export function output(result: Outcome): OutputCommand {
  return { kind: "output", name: "", result };
}

/** What an attempt sends to complete its invocation. */
export function finish(result: Outcome = value("out")): readonly EndpointItem[] {
  return [output(result), END];
}

export function call(
  resultCompletionId: number,
  options: Partial<Omit<CallCommand, "kind">> = {},
): CallCommand {
  return { ...requestFields(resultCompletionId - 1), ...options, kind: "call", resultCompletionId };
}

export function oneWayCall(
  invocationIdCompletionId: number,
  options: Partial<Omit<OneWayCallCommand, "kind">> = {},
): OneWayCallCommand {
  const fields = requestFields(invocationIdCompletionId);
  return { invokeTime: 0, ...fields, ...options, kind: "oneWayCall" };
}

function requestFields(invocationIdCompletionId: number) {
  return {
    name: "",
    service: "Svc",
    handler: "work",
    parameter: bytes("param"),
    headers: [],
    key: "",
    invocationIdCompletionId,
  };
}

export function sleep(resultCompletionId: number, wakeUpTime: number): EndpointItem {
  return { kind: "sleep", name: "", wakeUpTime, resultCompletionId };
}

export function run(resultCompletionId: number): EndpointItem {
  return { kind: "run", name: "", resultCompletionId };
}

export function propose(completionId: number, result: Outcome, requestAck = false): EndpointItem {
  return {
    kind: "proposeRunCompletion",
    completionId,
    result,
    ...(requestAck ? { requestAck } : {}),
  };
}

export function future(
  combinator: Combinator,
  completions: readonly number[],
  nested: readonly Future[] = [],
): Future {
  return { combinator, completions, signals: [], namedSignals: [], nested };
}

export function anyOf(...completions: readonly number[]): Future {
  return future(Combinator.firstCompleted, completions);
}

export function allOf(...completions: readonly number[]): Future {
  return future(Combinator.allCompleted, completions);
}

export function suspension(awaitingOn: Future): EndpointItem {
  return { kind: "suspension", awaitingOn };
}

export function errorMessage(options: Partial<Extract<EndpointItem, { kind: "error" }>> = {}) {
  return {
    kind: "error",
    code: 500,
    message: "boom",
    stacktrace: "",
    behavior: 0,
    ...options,
  } as const;
}

export const FAILURE: AttemptFailure = {
  code: 500,
  message: "connection refused",
  stacktrace: "",
  docCode: "RT0010",
};

export function attemptFailed(
  partition: TestPartition,
  key: InvocationKey,
  options: Partial<AttemptFailedRecord> = {},
): AttemptFailedRecord {
  const start = partition.get(key).starts;
  return { kind: "attemptFailed", key, start, failure: FAILURE, ...options };
}

/** Fires the earliest timer at its time. */
export function fireNext(partition: TestPartition): Applied {
  const [timer] = partition.timers();
  if (timer === undefined) throw new Error("there is no timer");
  return fire(partition, timer);
}

export function fire(partition: TestPartition, timer: TimerId): Applied {
  partition.timeMs = Math.max(partition.timeMs, timer.timeMs);
  return partition.apply({ kind: "timer", timer } satisfies TimerRecord);
}

/** The invocations that `applied` starts. */
export function started(applied: Applied): InvocationKey[] {
  return applied.actions.flatMap((action) =>
    action.kind === "start" ? [action.invocation.key] : [],
  );
}

/** The kinds of the actions, in order. */
export function actionKinds(applied: Applied): string[] {
  return applied.actions.map((action) => action.kind);
}
