/**
 * What a partition is told: the inputs of the engine. A record carries everything that applying it
 * may depend on besides the partition's own state and the registry: the time and random bytes too.
 */
import type { EndpointMessage, Header, InvocationKey, SignalNotification } from "@rejoin/protocol";
import type { AttemptFailure, Pin, Target } from "./model/invocation.ts";
import type { PartitionMessage } from "./partition-message.ts";
import type { MessageSequence, Row } from "./ports/store.ts";
import type { StateMutation } from "./rows/inbox-row.ts";
import type { Instance } from "./rows/instance.ts";
import type { TimerId } from "./rows/keys.ts";

/** Whoever waits for an answer. The engine hands it back and never looks into it. */
export type Waiter = object;

/** A new invocation from the ingress. */
export interface InvokeRecord {
  readonly kind: "invoke";
  readonly key: InvocationKey;
  /** The id was made for this request: it cannot exist yet. */
  readonly fresh: boolean;
  readonly target: Target;
  readonly idempotencyKey: string | undefined;
  /** What its share of a concurrency limit is counted under, "" for none. */
  readonly limitKey: string;
  readonly headers: readonly Header[];
  readonly input: Uint8Array;
  /** When it is due, 0 for at once. */
  readonly scheduledFor: number;
  /** Told that the request is durable. */
  readonly accepted: Waiter | undefined;
  /** Told the result. */
  readonly result: Waiter | undefined;
}

/** A message of an attempt; `frame` is its frame where it came as bytes. */
export interface AttemptItem {
  readonly message: Exclude<EndpointMessage, { kind: "awaitingOn" }>;
  readonly frame: Uint8Array | undefined;
}

/** What an attempt sent, in order. */
export interface AttemptRecord {
  readonly kind: "attempt";
  readonly key: InvocationKey;
  /** The start that the attempt belongs to; what comes from an older one is refused. */
  readonly start: number;
  readonly pin: Pin;
  /** The last journal entry that it had been given when it sent the last of these. */
  readonly given: number;
  readonly items: readonly AttemptItem[];
  /** About what the items take in memory. */
  readonly bytesAbout: number;
}

/** An attempt ended without a verdict of its own. */
export interface AttemptFailedRecord {
  readonly kind: "attemptFailed";
  readonly key: InvocationKey;
  readonly start: number;
  readonly failure: AttemptFailure;
  /** Instead of the policy's delay. */
  readonly nextRetryDelayMs?: number;
  readonly behavior?: "retry" | "pause" | "fail";
}

/** No attempt of an invocation that is to be paused is open: it can be. */
export interface AttemptHeldRecord {
  readonly kind: "attemptHeld";
  readonly key: InvocationKey;
  readonly start: number;
}

/** An invocation that was resumed wants the slots of the limits that it counts towards. */
export interface RequestSlotsRecord {
  readonly kind: "requestSlots";
  readonly key: InvocationKey;
  readonly start: number;
}

/** Nothing: what comes before it is durable when it is. */
export interface BarrierRecord {
  readonly kind: "barrier";
}

/** The limits have changed, or may have: some of those who wait for these may go on. */
export interface LimitsRecord {
  readonly kind: "limits";
  readonly limiters: readonly string[];
}

export interface TimerRecord {
  readonly kind: "timer";
  readonly timer: TimerId;
}

/** Asks for the result of an invocation. */
export interface AttachRecord {
  readonly kind: "attach";
  readonly key: InvocationKey;
  readonly waiter: Waiter;
  /** `output` is answered at once, `attach` when there is a result. */
  readonly mode: "attach" | "output";
}

/** A message from another partition's mailbox. */
export interface MessageRecord {
  readonly kind: "message";
  readonly source: number;
  readonly sequence: MessageSequence;
  readonly message: PartitionMessage;
}

/** Invocations that were alive when the partition was opened. */
export interface RecoverRecord {
  readonly kind: "recover";
  readonly keys: readonly InvocationKey[];
}

/** What an operator asks for. */
export type Operation =
  | { readonly kind: "cancel" }
  | { readonly kind: "kill" }
  | { readonly kind: "purge" }
  | { readonly kind: "purgeJournal" }
  | { readonly kind: "pause" }
  | { readonly kind: "resume"; readonly deployment: DeploymentChoice }
  | {
      readonly kind: "restart";
      /** The last journal entry that the new invocation begins with, 0 for the input alone. */
      readonly from: number;
      readonly deployment: DeploymentChoice;
    };

/** The deployment that an invocation goes on with: its own, the service's newest, or one by id. */
export type DeploymentChoice = "keep" | "latest" | { readonly id: string };

export interface OperateRecord {
  readonly kind: "operate";
  readonly key: InvocationKey;
  readonly operation: Operation;
  /** Told the result. */
  readonly waiter: Waiter;
}

/** A signal from outside: an awakeable that is completed. */
export interface SignalRecord {
  readonly kind: "signal";
  readonly key: InvocationKey;
  readonly signal: SignalNotification;
  /** Told when it is durable. */
  readonly waiter: Waiter;
}

/** An operator replaces the state of an object. */
export interface MutateStateRecord {
  readonly kind: "mutateState";
  readonly instance: Instance;
  readonly mutation: StateMutation;
  /** Told the result. */
  readonly waiter: Waiter;
}

/** A page of a task: what the processor found for its next step. */
export type TaskPageRecord = ExpiryPageRecord | TaskStepRecord;

/** A page of a retention list. */
export interface ExpiryPageRecord {
  readonly kind: "taskPage";
  readonly task: "expiry";
  /** The rows of the page, and the rows that hang on what they name. */
  readonly page: readonly ExpiryItem[];
  /** The list that the page was taken from and how much of it is left after the page. */
  readonly list: { readonly second: number; readonly batch: number };
  readonly rest: readonly ExpiryEntry[];
}

/**
 * `header`: of an invocation whose id never lives again, and on which nothing hangs but a journal of a
 * few entries. It is deleted without a look at it, as most of a fan-out is.
 */
export type ExpiryWhat = "journal" | "invocation" | "header";

export const BARE_ENTRIES_MAX = 3;

export interface ExpiryEntry {
  readonly key: InvocationKey;
  /** The batch that bore it: a later life of its id is not meant. */
  readonly bornIn: number;
  /** What ends: the journal's retention, the whole invocation's, or that of a bare header. */
  readonly what: ExpiryWhat;
  /** Of a `header`: entries behind the input that its journal has, at most {@link BARE_ENTRIES_MAX}. */
  readonly entries?: number;
}

/** Rows to delete, and whether more are left. */
export interface RowsPage {
  /** Of the journal, payloads, state and promises; at most a page of them. */
  readonly rows: readonly Row["key"][];
  readonly more: boolean;
}

/** With more rows left the entry stays on the list. */
export interface ExpiryItem extends ExpiryEntry, RowsPage {
  /** Its children are still being killed, for which its journal is needed: asked for again later. */
  readonly isHeld: boolean;
}

/** The next step of a task that has a row; a step that the row does not wait for has no effect. */
export interface TaskStepRecord {
  readonly kind: "taskPage";
  readonly task: "step";
  readonly name: string;
  readonly step: TaskStep;
}

export type TaskStep =
  | {
      readonly kind: "kill";
      readonly from: number;
      readonly children: readonly InvocationKey[];
      /** The first entry that has not been looked at; `undefined` after the last. */
      readonly next: number | undefined;
    }
  | ({ readonly kind: "purge" | "purgeJournal" } & RowsPage)
  /** State rows of generations below this one. */
  | ({ readonly kind: "clear"; readonly generation: number } & RowsPage)
  | {
      readonly kind: "copy";
      readonly from: number;
      /** Entries for the new journal, as frames. */
      readonly frames: readonly Uint8Array[];
      readonly next: number | undefined;
      /** The source is not there any more. */
      readonly isLost: boolean;
    }
  | { readonly kind: "unlock" }
  | { readonly kind: "grant" };

export type EngineRecord =
  | InvokeRecord
  | AttemptRecord
  | AttemptFailedRecord
  | AttemptHeldRecord
  | RequestSlotsRecord
  | LimitsRecord
  | BarrierRecord
  | OperateRecord
  | SignalRecord
  | MutateStateRecord
  | TimerRecord
  | AttachRecord
  | MessageRecord
  | RecoverRecord
  | TaskPageRecord;

/** What applying a record may depend on besides the partition's state. */
export interface RecordContext {
  /** The partition's time; never less than that of an earlier record. */
  readonly timeMs: number;
  /** 16 random bytes of this record's own. */
  readonly random: Uint8Array;
  /** The number of the batch, which is the number of its commit. */
  readonly batch: number;
  /** The record's own number, the same each time that it is applied. */
  readonly record: number;
}
