/**
 * What applying a record changes. Rows are values here; `pack.ts` turns those of a whole batch
 * into the store's writes, each row once, in its last version.
 */
import type { InvocationKey } from "@rejoin/protocol";
import type { Action } from "./actions.ts";
import type { AwaitState } from "./model/await-tree.ts";
import type { Invocation } from "./model/invocation.ts";
import type { NotificationIndex } from "./model/notification-index.ts";
import type { PartitionMessage } from "./partition-message.ts";
import type { StoredMessage } from "./ports/store.ts";
import type { ExpiryEntry } from "./records.ts";
import type { RowKind } from "./rows/row-kind.ts";

/** A row's new value; `undefined` deletes it. */
export interface RowWrite {
  readonly kind: RowKind<unknown>;
  readonly key: string;
  readonly value: unknown;
}

/** Entries that were appended to a journal. */
export interface JournalAppend {
  readonly key: InvocationKey;
  readonly index: number;
  readonly frame: Uint8Array;
}

/** An invocation that has completed: it leaves the restart list and joins a retention list. */
export interface Completion {
  readonly key: InvocationKey;
  readonly bornIn: number;
}

export interface Expiry extends ExpiryEntry {
  readonly atMs: number;
}

export interface Effects {
  readonly writes: readonly RowWrite[];
  readonly appends: readonly JournalAppend[];
  /** Store rows that have no value in memory: large payloads, timers, and what is deleted. */
  readonly rawWrites: readonly {
    readonly key: Uint8Array;
    readonly value: Uint8Array | undefined;
  }[];
  readonly born: readonly InvocationKey[];
  readonly completed: readonly Completion[];
  readonly expiries: readonly Expiry[];
  /** What is left of a retention list after a page of it. */
  readonly expiryLists: readonly {
    readonly second: number;
    readonly batch: number;
    readonly rest: readonly ExpiryEntry[];
  }[];
  readonly messages: readonly {
    readonly destination: number;
    readonly message: PartitionMessage;
  }[];
  readonly consumed: Pick<StoredMessage, "source" | "sequence"> | undefined;
  readonly actions: readonly Action[];
}

/** What a record could not be applied without. */
export type Need =
  | { readonly kind: "row"; readonly row: RowKind<unknown>; readonly key: string }
  | { readonly kind: "journalIndex"; readonly key: InvocationKey };

export type ApplyResult =
  | { readonly kind: "applied"; readonly effects: Effects }
  | { readonly kind: "needs"; readonly needs: readonly Need[] };

/** The partition's state as far as it is in memory. */
export interface Reader {
  /** The row's value, `null` if there is none, `undefined` if it is not in memory. */
  row<T>(kind: RowKind<T>, key: string): T | null | undefined;
  /** What is derived from an invocation's rows and kept beside them; empty if nothing is known. */
  derived(key: InvocationKey): Derived;
}

/**
 * Caches of what the rows say, changed in step with them: when a record has been applied, never
 * before, since a record that lacks something leaves nothing behind.
 */
export interface Derived {
  index: NotificationIndex | undefined;
  awaiting: AwaitState | undefined;
  /** The last `Invocation` for which `awaiting` holds. */
  awaitingOf: Invocation["starts"];
}
