/**
 * What a partition is told: the inputs of the engine. A record carries everything that applying it
 * may depend on besides the partition's own state and the registry: the time and random bytes too.
 */
import type { EndpointMessage, Header, InvocationKey } from "@rejoin/protocol";
import type { AttemptFailure, Pin, Target } from "./model/invocation.ts";
import type { PartitionMessage } from "./partition-message.ts";
import type { MessageSequence, Row } from "./ports/store.ts";
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

/** A page of a task: what the processor found for its next step. */
export interface TaskPageRecord {
  readonly kind: "taskPage";
  readonly task: "expiry";
  /** The rows of the page, and the rows that hang on what they name. */
  readonly page: readonly ExpiryItem[];
  /** The list that the page was taken from and how much of it is left after the page. */
  readonly list: { readonly minute: number; readonly batch: number };
  readonly rest: readonly ExpiryEntry[];
}

export interface ExpiryEntry {
  readonly key: InvocationKey;
  /** The journal's retention ends, or the whole invocation's. */
  readonly what: "journal" | "invocation";
}

export interface ExpiryItem extends ExpiryEntry {
  /** Journal and payload rows to delete, at most a page of them. */
  readonly rows: readonly Row["key"][];
  /** More rows are left: the entry stays on the list. */
  readonly more: boolean;
}

export type EngineRecord =
  | InvokeRecord
  | AttemptRecord
  | AttemptFailedRecord
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
}
