/**
 * An invocation as the partition keeps it: one durable execution of a handler.
 *
 * The header holds everything but the journal. It is written at birth, whenever the invocation's
 * state changes, and at completion. Values are replaced, never mutated, once a record has been
 * applied: a record works on a copy (see `transaction.ts`).
 */
import type { Failure, Header, InvocationKey } from "@rejoin/protocol";
import { invariant } from "../invariant.ts";

/**
 * - `scheduled`: waits for its time
 * - `inboxed`: waits for its object
 * - `invoked`: belongs to the invoker: ready, running or backing off
 * - `suspended`: waits for notifications, no stream
 * - `paused`: waits for an operator
 * - `completed`: only its result is left
 */
export type InvocationStatus =
  | "scheduled"
  | "inboxed"
  | "invoked"
  | "suspended"
  | "paused"
  | "completed";

export type ServiceKind = "service" | "virtualObject" | "workflow";
export type HandlerKind = "service" | "exclusive" | "shared" | "workflow";

export interface Target {
  readonly service: string;
  readonly handler: string;
  /** The object or workflow key, "" for a plain service. */
  readonly key: string;
  readonly handlerKind: HandlerKind;
  /** Sets the target apart from the same one in another scope; "" or none for no scope. */
  readonly scope?: string;
}

/** Bytes that are either here or, being large, in rows of their own. */
export type Payload =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | { readonly kind: "stored"; readonly length: number };

export type StoredOutcome =
  | { readonly kind: "success"; readonly value: Payload }
  | { readonly kind: "failure"; readonly failure: Failure };

/** Who invoked, and where a result goes. */
export type Caller =
  | { readonly kind: "ingress" }
  | {
      readonly kind: "invocation";
      readonly key: InvocationKey;
      /** The batch that bore the caller: its id may live a second time when the result comes. */
      readonly bornIn: number;
      /** Completed with the result; 0 for a one-way call. */
      readonly completionId: number;
    };

/** Another invocation that wants the result as well. */
export interface ResultSink {
  readonly key: InvocationKey;
  readonly bornIn: number;
  readonly completionId: number;
  /** The command that the result completes. */
  readonly for: "call" | "attach";
}

/** Why the last attempt failed. */
export interface AttemptFailure {
  readonly code: number;
  readonly message: string;
  readonly stacktrace: string;
  /** A code of the documented table, such as RT0007. */
  readonly docCode: string;
  readonly relatedCommandIndex?: number;
  readonly relatedCommandName?: string;
  readonly relatedCommandType?: number;
}

/** The deployment and protocol version that an invocation keeps once it has stored an entry. */
export interface Pin {
  readonly deploymentId: string;
  readonly protocolVersion: number;
}

export interface Invocation {
  readonly key: InvocationKey;
  status: InvocationStatus;
  readonly target: Target;
  readonly idempotencyKey: string | undefined;
  /** What its share of a concurrency limit is counted under, "" for none. */
  readonly limitKey: string;
  readonly caller: Caller;
  /** The top of the call tree; the invocation's own key at the top. */
  readonly root: InvocationKey;
  readonly createdAt: number;
  modifiedAt: number;
  /** When a scheduled invocation is due, 0 if it was not delayed. */
  readonly scheduledFor: number;
  completedAt: number;
  readonly completionRetentionMs: number;
  readonly journalRetentionMs: number;
  pin: Pin | undefined;
  /** Entries in the journal, Input included. */
  journalLength: number;
  commandCount: number;
  /** Notifications among the entries. */
  notificationCount: number;
  /** How often the engine asked for an attempt: identifies the current one. */
  starts: number;
  /** Failed attempts since the invocation was last invoked or resumed. */
  retryCount: number;
  /** Failed attempts since the last entry was stored: an SDK's own retry policies count them. */
  retriesSinceEntry: number;
  lastEntryAt: number;
  /** When the next attempt is due, 0 if none is waiting. */
  nextRetryAt: number;
  lastFailure: AttemptFailure | undefined;
  childrenStarted: number;
  childrenSucceeded: number;
  childrenFailed: number;
  /** The batch in which it was born: names its restart list. */
  readonly bornIn: number;
  readonly input: Payload;
  readonly headers: readonly Header[];
  /** Set by the last Output command. */
  output: StoredOutcome | undefined;
  /** The Output entry is in this header alone, not in a journal segment. */
  outputInHeader: boolean;
  sinks: readonly ResultSink[];
  /** What a suspended invocation awaits, when small; else it is in a row of its own. */
  awaiting: Uint8Array | undefined;
  /** The last entry that its attempt had been given when it suspended: signals up to it are taken. */
  awaitingAfter: number;
  /** Journal rows exist and have to be deleted with the invocation. */
  hasJournalRows: boolean;
  /** Payload rows exist, likewise. */
  hasPayloadRows: boolean;
  /** An operator wants it paused: it will be when its attempt has ended. */
  pausing: boolean;
  /** Its place in its object's inbox while it is inboxed, else 0. */
  inboxSequence: number;
  /** The journal entry that is its last cancel signal, 0 for none. */
  cancelIndex: number;
  /** The concurrency limits that it has a slot of. */
  slots: readonly string[];
  /** The limit that an invoked one waits for, with its place there; `""` before it has asked. */
  waitingFor: { readonly limiter: string; readonly sequence: number } | undefined;
  /** The completed invocation that this one repeats. */
  readonly restartedFrom: InvocationKey | undefined;
  /** The invocation whose random numbers it draws: another one if its journal was copied. */
  readonly seedOf: InvocationKey | undefined;
}

/**
 * A copy to be changed. Written out, because a spread of this many fields grows the copy a few at a
 * time: six times the garbage, for each header that a record touches.
 */
export function copyInvocation(from: Invocation, modifiedAt: number): Invocation {
  return {
    key: from.key,
    status: from.status,
    target: from.target,
    idempotencyKey: from.idempotencyKey,
    limitKey: from.limitKey,
    caller: from.caller,
    root: from.root,
    createdAt: from.createdAt,
    modifiedAt,
    scheduledFor: from.scheduledFor,
    completedAt: from.completedAt,
    completionRetentionMs: from.completionRetentionMs,
    journalRetentionMs: from.journalRetentionMs,
    pin: from.pin,
    journalLength: from.journalLength,
    commandCount: from.commandCount,
    notificationCount: from.notificationCount,
    starts: from.starts,
    retryCount: from.retryCount,
    retriesSinceEntry: from.retriesSinceEntry,
    lastEntryAt: from.lastEntryAt,
    nextRetryAt: from.nextRetryAt,
    lastFailure: from.lastFailure,
    childrenStarted: from.childrenStarted,
    childrenSucceeded: from.childrenSucceeded,
    childrenFailed: from.childrenFailed,
    bornIn: from.bornIn,
    input: from.input,
    headers: from.headers,
    output: from.output,
    outputInHeader: from.outputInHeader,
    sinks: from.sinks,
    awaiting: from.awaiting,
    awaitingAfter: from.awaitingAfter,
    hasJournalRows: from.hasJournalRows,
    hasPayloadRows: from.hasPayloadRows,
    pausing: from.pausing,
    inboxSequence: from.inboxSequence,
    cancelIndex: from.cancelIndex,
    slots: from.slots,
    waitingFor: from.waitingFor,
    restartedFrom: from.restartedFrom,
    seedOf: from.seedOf,
  };
}

/** Every legal change of status. `undefined` is an invocation that does not exist. */
export const TRANSITIONS: Readonly<Record<InvocationStatus | "none", readonly InvocationStatus[]>> =
  {
    none: ["scheduled", "inboxed", "invoked"],
    scheduled: ["inboxed", "invoked", "completed"],
    inboxed: ["invoked", "completed"],
    invoked: ["invoked", "suspended", "paused", "completed"],
    suspended: ["invoked", "paused", "completed"],
    paused: ["invoked", "completed"],
    completed: [],
  };

/** Reports each edge that is taken; tests use it to show that every edge is exercised. */
export type TransitionObserver = (from: InvocationStatus | "none", to: InvocationStatus) => void;

/** Moves `invocation` to `to`, which the table must allow. */
export function transition(invocation: Invocation, to: InvocationStatus): void {
  invariant(
    TRANSITIONS[invocation.status].includes(to),
    `an invocation cannot go from ${invocation.status} to ${to}`,
  );
  invocation.status = to;
}
