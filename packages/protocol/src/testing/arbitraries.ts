/** Arbitrary messages of every kind, for property tests. */
import fc from "fast-check";
import type { Future, Message, MessageKind } from "../messages.ts";

const u32 = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }));
const u64 = fc.oneof(fc.nat(300), fc.maxSafeNat());
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "binary", minLength: 500, maxLength: 600 }),
);
const binary = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.uint8Array({ minLength: 100, maxLength: 200 }),
);
const pairs = fc.array(fc.record({ key: text, value: text }), { maxLength: 3 });

const failure = fc
  .record(
    { code: u32, message: text, metadata: fc.array(fc.record({ key: text, value: text })) },
    { requiredKeys: ["code", "message"] },
  )
  .map((value) => ({ kind: "failure" as const, failure: value }));
const value = binary.map((content) => ({ kind: "value" as const, value: content }));
const empty = fc.constant({ kind: "void" as const });
const outcome = fc.oneof(value, failure);
const anyResult = fc.oneof(empty, value, failure);

export const future: fc.Arbitrary<Future> = fc.letrec<{ node: Future }>((tie) => ({
  node: fc.record({
    combinator: fc.constantFrom(0, 1, 2, 3, 4),
    completions: fc.array(u32, { maxLength: 4 }),
    signals: fc.array(u32, { maxLength: 4 }),
    namedSignals: fc.array(text, { maxLength: 2 }),
    nested: fc.oneof({ depthSize: "small" }, fc.constant([]), fc.array(tie("node"))),
  }),
})).node;

/** A record whose `optionals` may be absent. */
function message<T extends MessageKind>(
  kind: T,
  model: Record<string, fc.Arbitrary<unknown>>,
  optionals: readonly string[] = [],
): fc.Arbitrary<Message> {
  const all = { kind: fc.constant(kind), ...model };
  const requiredKeys = Object.keys(all).filter((key) => !optionals.includes(key));
  return fc.record(all, {
    requiredKeys: requiredKeys as never[],
  }) as unknown as fc.Arbitrary<Message>;
}

function command(
  kind: MessageKind,
  model: Record<string, fc.Arbitrary<unknown>>,
  optionals: readonly string[] = [],
): fc.Arbitrary<Message> {
  const all = { name: text, requestAck: fc.constant(true), ...model };
  return message(kind, all, ["requestAck", ...optionals]);
}

function completion(kind: MessageKind, result: fc.Arbitrary<unknown>): fc.Arbitrary<Message> {
  return message(kind, { completionId: u32, result });
}

function signal(base: fc.Arbitrary<Message>): fc.Arbitrary<Message> {
  const id = fc.oneof(
    u32.map((signalIndex) => ({ signalIndex })),
    text.map((signalName) => ({ signalName })),
  );
  return fc.tuple(base, id).map(([head, tail]) => ({ ...head, ...tail }) as Message);
}

const target = fc.oneof(
  fc.record({ kind: fc.constant("invocation"), invocationId: text }),
  fc.record(
    {
      kind: fc.constant("idempotentRequest"),
      service: text,
      key: text,
      handler: text,
      idempotencyKey: text,
      scope: text,
    },
    { requiredKeys: ["kind", "service", "handler", "idempotencyKey"] },
  ),
  fc.record(
    { kind: fc.constant("workflow"), name: text, key: text, scope: text },
    { requiredKeys: ["kind", "name", "key"] },
  ),
);
const attach = { target, resultCompletionId: u32 };
const request = {
  service: text,
  handler: text,
  parameter: binary,
  headers: pairs,
  key: text,
  idempotencyKey: text,
  scope: text,
  limitKey: text,
  invocationIdCompletionId: u32,
};
const requestOptionals = ["idempotencyKey", "scope", "limitKey"];
const promise = { key: text, resultCompletionId: u32 };

/** An arbitrary message of each kind. */
export const ARBITRARIES: Readonly<Record<MessageKind, fc.Arbitrary<Message>>> = {
  start: message(
    "start",
    {
      id: fc.uint8Array({ minLength: 24, maxLength: 24 }),
      debugId: text,
      knownEntries: u32,
      stateMap: fc.array(fc.record({ key: binary, value: binary }), { maxLength: 3 }),
      partialState: fc.boolean(),
      key: text,
      retryCountSinceLastStoredEntry: u32,
      durationSinceLastStoredEntryMs: u64,
      randomSeed: fc.record({ high: u32, low: u32 }),
      scope: text,
      limitKey: text,
      idempotencyKey: text,
    },
    requestOptionals,
  ),
  suspension: message("suspension", { awaitingOn: future }),
  error: message(
    "error",
    {
      code: u32,
      message: text,
      stacktrace: text,
      relatedCommandIndex: u32,
      relatedCommandName: text,
      relatedCommandType: u32,
      nextRetryDelayMs: u64,
      behavior: fc.constantFrom(0, 1, 2),
    },
    ["relatedCommandIndex", "relatedCommandName", "relatedCommandType", "nextRetryDelayMs"],
  ),
  end: message("end", {}),
  commandAck: message("commandAck", { commandIndex: u32 }),
  proposeRunCompletion: message(
    "proposeRunCompletion",
    { completionId: u32, result: outcome, requestAck: fc.constant(true) },
    ["requestAck"],
  ),
  awaitingOn: message("awaitingOn", { awaitingOn: future, executingSideEffects: fc.boolean() }),
  proposeRunCompletionAck: message("proposeRunCompletionAck", { completionId: u32 }),
  input: command("input", { headers: pairs, value: binary }),
  output: command("output", { result: outcome }),
  getLazyState: command("getLazyState", { key: binary, resultCompletionId: u32 }),
  setState: command("setState", { key: binary, value: binary }),
  clearState: command("clearState", { key: binary }),
  clearAllState: command("clearAllState", {}),
  getLazyStateKeys: command("getLazyStateKeys", { resultCompletionId: u32 }),
  getEagerState: command("getEagerState", { key: binary, result: fc.oneof(empty, value) }),
  getEagerStateKeys: command("getEagerStateKeys", { keys: fc.array(binary, { maxLength: 4 }) }),
  getPromise: command("getPromise", promise),
  peekPromise: command("peekPromise", promise),
  completePromise: command("completePromise", { ...promise, completion: outcome }),
  sleep: command("sleep", { wakeUpTime: u64, resultCompletionId: u32 }),
  call: command("call", { ...request, resultCompletionId: u32 }, requestOptionals),
  oneWayCall: command("oneWayCall", { ...request, invokeTime: u64 }, requestOptionals),
  sendSignal: signal(command("sendSignal", { targetInvocationId: text, result: anyResult })),
  run: command("run", { resultCompletionId: u32 }),
  attachInvocation: command("attachInvocation", attach),
  getInvocationOutput: command("getInvocationOutput", attach),
  completeAwakeable: command("completeAwakeable", { awakeableId: text, result: outcome }),
  getLazyStateCompletion: completion("getLazyStateCompletion", fc.oneof(empty, value)),
  getLazyStateKeysCompletion: completion(
    "getLazyStateKeysCompletion",
    fc.record({ kind: fc.constant("stateKeys"), keys: fc.array(binary, { maxLength: 4 }) }),
  ),
  getPromiseCompletion: completion("getPromiseCompletion", outcome),
  peekPromiseCompletion: completion("peekPromiseCompletion", anyResult),
  completePromiseCompletion: completion("completePromiseCompletion", fc.oneof(empty, failure)),
  sleepCompletion: completion("sleepCompletion", empty),
  callCompletion: completion("callCompletion", outcome),
  callInvocationIdCompletion: completion(
    "callInvocationIdCompletion",
    fc.record({ kind: fc.constant("invocationId"), invocationId: text }),
  ),
  runCompletion: completion("runCompletion", outcome),
  attachInvocationCompletion: completion("attachInvocationCompletion", outcome),
  getInvocationOutputCompletion: completion("getInvocationOutputCompletion", anyResult),
  signal: signal(message("signal", { result: anyResult })),
};
