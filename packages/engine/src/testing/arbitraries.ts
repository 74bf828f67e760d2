/** Arbitrary values of the engine's model, for its property tests. */
import {
  Combinator,
  type Future,
  type InvocationKey,
  type Outcome,
  type SignalNotification,
} from "@rejoin/protocol";
import fc from "fast-check";
import type {
  AttemptFailure,
  HandlerKind,
  Invocation,
  InvocationStatus,
  Payload,
  StoredOutcome,
} from "../model/invocation.ts";
import type { PartitionMessage } from "../partition-message.ts";

/** Text as the wire can carry it: no lone surrogates. */
export const texts = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: fc.constantFrom("x", "é", "𝄞"), minLength: 60, maxLength: 200 }),
);

export const keys: fc.Arbitrary<InvocationKey> = fc
  .uint8Array({ minLength: 24, maxLength: 24 })
  .map((bytes) => String.fromCharCode(...bytes));

export const instants = fc.oneof(fc.constant(0), fc.maxSafeNat());
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
export const blobs = fc.uint8Array({ maxLength: 300 });

const pairs = fc.record({ key: texts, value: texts });
export const headers = fc.array(pairs, { maxLength: 4 });

const failures = fc
  .record({ code: u32, message: texts, metadata: fc.array(pairs, { maxLength: 3 }) })
  .map(({ code, message, metadata }) =>
    metadata.length === 0 ? { code, message } : { code, message, metadata },
  );

export const targets = fc.record({
  service: texts,
  handler: texts,
  key: texts,
  handlerKind: fc.constantFrom<HandlerKind>("service", "exclusive", "shared", "workflow"),
  scope: fc.oneof(fc.constant(""), texts),
});

const limitKeys = fc.oneof(fc.constant(""), texts);

const payloads: fc.Arbitrary<Payload> = fc.oneof(
  blobs.map((bytes) => ({ kind: "inline", bytes }) as const),
  fc.maxSafeNat().map((length) => ({ kind: "stored", length }) as const),
);

export const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  blobs.map((value) => ({ kind: "value", value }) as const),
  failures.map((failure) => ({ kind: "failure", failure }) as const),
);

const storedOutcomes: fc.Arbitrary<StoredOutcome> = fc.oneof(
  payloads.map((value) => ({ kind: "success", value }) as const),
  failures.map((failure) => ({ kind: "failure", failure }) as const),
);

const attemptFailures: fc.Arbitrary<AttemptFailure> = fc.record(
  {
    code: u32,
    message: texts,
    stacktrace: texts,
    docCode: fc.constantFrom("RT0001", "RT0007", ""),
    relatedCommandIndex: u32,
    relatedCommandName: texts,
    relatedCommandType: fc.integer({ min: 0, max: 0xffff }),
  },
  { requiredKeys: ["code", "message", "stacktrace", "docCode"] },
);

const callers = fc.oneof(
  fc.constant({ kind: "ingress" } as const),
  fc.record({
    kind: fc.constant("invocation" as const),
    key: keys,
    bornIn: fc.maxSafeNat(),
    completionId: u32,
  }),
);

const sinks = fc.record({
  key: keys,
  bornIn: fc.maxSafeNat(),
  completionId: u32,
  for: fc.constantFrom("call" as const, "attach" as const),
});

/** An invocation with that key, any mixture of fields. */
export function invocationsOf(key: InvocationKey): fc.Arbitrary<Invocation> {
  const any: fc.Arbitrary<Invocation> = fc.record({
    key: fc.constant(key),
    status: fc.constantFrom<InvocationStatus>(
      "scheduled",
      "inboxed",
      "invoked",
      "suspended",
      "paused",
      "completed",
    ),
    target: targets,
    idempotencyKey: fc.option(texts, { nil: undefined }),
    limitKey: limitKeys,
    caller: callers,
    root: keys,
    createdAt: instants,
    modifiedAt: instants,
    scheduledFor: instants,
    completedAt: instants,
    completionRetentionMs: instants,
    journalRetentionMs: instants,
    pin: fc.option(fc.record({ deploymentId: texts, protocolVersion: fc.constantFrom(5, 6, 7) }), {
      nil: undefined,
    }),
    journalLength: u32,
    commandCount: u32,
    notificationCount: u32,
    starts: u32,
    retryCount: u32,
    retriesSinceEntry: u32,
    lastEntryAt: instants,
    nextRetryAt: instants,
    lastFailure: fc.option(attemptFailures, { nil: undefined }),
    childrenStarted: u32,
    childrenSucceeded: u32,
    childrenFailed: u32,
    bornIn: instants,
    input: payloads,
    headers,
    output: fc.option(storedOutcomes, { nil: undefined }),
    outputInHeader: fc.boolean(),
    sinks: fc.array(sinks, { maxLength: 3 }),
    awaiting: fc.option(fc.uint8Array({ minLength: 1, maxLength: 128 }), { nil: undefined }),
    hasJournalRows: fc.boolean(),
    hasPayloadRows: fc.boolean(),
    pausing: fc.boolean(),
    inboxSequence: fc.oneof(fc.constant(0), fc.maxSafeNat()),
    cancelIndex: fc.oneof(fc.constant(0), u32),
    awaitingAfter: u32,
    slots: fc.array(texts, { maxLength: 3 }),
    waitingFor: fc.option(fc.record({ limiter: texts, sequence: fc.maxSafeNat() }), {
      nil: undefined,
    }),
    restartedFrom: fc.option(keys, { nil: undefined }),
    seedOf: fc.option(keys, { nil: undefined }),
  });
  // Only of a suspended one this is kept.
  return any.map((one) => (one.status === "suspended" ? one : { ...one, awaitingAfter: 0 }));
}

const receiver = { to: keys };

const signals: fc.Arbitrary<SignalNotification> = fc
  .record({
    id: fc.oneof(
      u32.map((signalIndex) => ({ signalIndex })),
      texts.map((signalName) => ({ signalName })),
    ),
    result: fc.oneof(fc.constant({ kind: "void" } as const), outcomes),
  })
  .map(({ id, result }) => ({ kind: "signal", ...id, result }));

export const messages: fc.Arbitrary<PartitionMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("invoke" as const),
    ...receiver,
    fresh: fc.boolean(),
    target: targets,
    idempotencyKey: fc.option(texts, { nil: undefined }),
    limitKey: limitKeys,
    headers,
    input: blobs,
    scheduledFor: instants,
    caller: keys,
    callerBornIn: fc.maxSafeNat(),
    completionId: u32,
    root: keys,
  }),
  fc.record({
    kind: fc.constant("result" as const),
    for: fc.constantFrom("call" as const, "attach" as const, "output" as const, "promise" as const),
    ...receiver,
    bornIn: fc.maxSafeNat(),
    completionId: u32,
    outcome: fc.option(outcomes, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant("signal" as const), ...receiver, signal: signals }),
  fc.record({ kind: fc.constant("kill" as const), ...receiver }),
  fc.record({
    kind: fc.constant("acquire" as const),
    ...receiver,
    limiter: texts,
    key: keys,
    start: u32,
  }),
  fc.record({
    kind: fc.constant("grant" as const),
    ...receiver,
    limiter: texts,
    start: u32,
  }),
  fc.record({ kind: fc.constant("release" as const), ...receiver, limiter: texts }),
  fc.record({
    kind: fc.constant("attach" as const),
    ...receiver,
    mode: fc.constantFrom("attach" as const, "output" as const),
    caller: keys,
    callerBornIn: fc.maxSafeNat(),
    completionId: u32,
  }),
);

const combinators = fc.constantFrom(...Object.values(Combinator));

export interface FutureOptions {
  /** Ids of completions, and indexes of signals, are below it. */
  readonly idsMax: number;
  readonly depthMax: number;
}

/** Trees whose leaves may repeat, within a node and across nodes. */
export function futures({ idsMax, depthMax }: FutureOptions): fc.Arbitrary<Future> {
  const ids = fc.array(fc.integer({ min: 1, max: idsMax }), { maxLength: 4 });
  const names = fc.array(fc.constantFrom("a", "b"), { maxLength: 1 });
  const leaf = {
    combinator: combinators,
    completions: ids,
    signals: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    namedSignals: names,
  };
  let tree: fc.Arbitrary<Future> = fc.record({ ...leaf, nested: fc.constant([]) });
  for (let depth = 0; depth < depthMax; depth++) {
    tree = fc.record({ ...leaf, nested: fc.array(tree, { maxLength: 3 }) });
  }
  return tree;
}
