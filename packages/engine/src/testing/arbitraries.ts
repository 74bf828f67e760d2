/** Arbitrary values of the engine's model, for its property tests. */
import { Combinator, type Future, type InvocationKey } from "@rejoin/protocol";
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

const instants = fc.oneof(fc.constant(0), fc.maxSafeNat());
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const blobs = fc.uint8Array({ maxLength: 300 });

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
});

const payloads: fc.Arbitrary<Payload> = fc.oneof(
  blobs.map((bytes) => ({ kind: "inline", bytes }) as const),
  fc.maxSafeNat().map((length) => ({ kind: "stored", length }) as const),
);

const outcomes: fc.Arbitrary<StoredOutcome> = fc.oneof(
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

/** An invocation with that key, any mixture of fields. */
export function invocationsOf(key: InvocationKey): fc.Arbitrary<Invocation> {
  return fc.record({
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
    output: fc.option(outcomes, { nil: undefined }),
    outputInHeader: fc.boolean(),
    sinks: fc.array(fc.record({ key: keys, bornIn: fc.maxSafeNat(), completionId: u32 }), {
      maxLength: 3,
    }),
    awaiting: fc.option(fc.uint8Array({ minLength: 1, maxLength: 128 }), { nil: undefined }),
    hasJournalRows: fc.boolean(),
    hasPayloadRows: fc.boolean(),
  });
}

export const messages: fc.Arbitrary<PartitionMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("invoke" as const),
    to: keys,
    fresh: fc.boolean(),
    target: targets,
    idempotencyKey: fc.option(texts, { nil: undefined }),
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
    to: keys,
    bornIn: fc.maxSafeNat(),
    completionId: u32,
    outcome: fc.oneof(
      blobs.map((value) => ({ kind: "value", value }) as const),
      failures.map((failure) => ({ kind: "failure", failure }) as const),
    ),
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
