/**
 * Committed rows in memory.
 *
 * Holds only what a commit has made durable or a fetch has read; what is not durable yet is in the
 * batches above it. Invocations that the invoker owns are kept (hot), suspended ones only for a
 * while (cold), completed ones not at all: a suspended invocation costs store bytes, not memory.
 *
 * A fetch reads the store while commits go on. What it brings must not replace anything newer, so a
 * key that any commit has written since the fetch began is not admitted: {@link Fetch.written}.
 */
import {
  type Batch,
  type Derived,
  type Invocation,
  invocationRows,
  type ObjectRow,
  objectRows,
  type RowKind,
  stateRows,
} from "@rejoin/engine";
import { ChurnMap, type InvocationKey } from "@rejoin/protocol";
import type { StateMemory } from "../journal/eager-state.ts";
import type { Limits } from "../limits.ts";
import { StateCache } from "./state-cache.ts";

/** A fetch under way. */
export interface Fetch {
  readonly written: Set<string>;
}

interface Staged {
  readonly kind: RowKind<unknown>;
  readonly value: unknown;
}

type CacheLimits = Pick<
  Limits,
  "hotInvocationsMax" | "coldInvocationsMax" | "cachedRowsMax" | "stateCacheBytesMax"
>;

export class RowCache {
  private readonly limits: CacheLimits;
  private readonly hot = new ChurnMap<string, Invocation>();
  private readonly cold = new ChurnMap<string, Invocation>();
  private readonly others = new ChurnMap<string, object | null>();
  /** Fetched for records that have not been applied yet. */
  private readonly staged = new Map<string, Staged>();
  private readonly derivedOf = new ChurnMap<string, Derived>();
  private readonly fetches = new Set<Fetch>();
  private readonly states: StateCache;
  /** The states that are in memory. */
  readonly stateMemory: StateMemory;

  constructor(limits: CacheLimits) {
    this.limits = limits;
    this.states = new StateCache(limits.stateCacheBytesMax);
    this.stateMemory = {
      get: (instance) => {
        const object = this.row(objectRows as RowKind<unknown>, instance) as ObjectRow | null;
        if (object === undefined) return undefined;
        return this.states.get(instance, object?.generation ?? 0);
      },
      read: async (instance, read) => {
        const reading = this.states.beginRead(instance);
        try {
          return await read((generation, entries) =>
            this.states.admit(reading, generation, entries),
          );
        } finally {
          this.states.endRead(reading);
        }
      },
    };
  }

  /** The committed value, `null` if there is none, `undefined` if it is not in memory. */
  row(kind: RowKind<unknown>, key: string): unknown {
    if (kind.slot === invocationRows.slot) {
      const known = this.hot.get(key) ?? this.cold.get(key);
      if (known !== undefined) return known;
    }
    const id = rowId(kind, key);
    const known = this.others.get(id);
    return known !== undefined ? known : this.staged.get(id)?.value;
  }

  derived(key: InvocationKey): Derived {
    let derived = this.derivedOf.get(key);
    if (derived === undefined) {
      derived = { index: undefined, awaiting: undefined, awaitingOf: -1 };
      this.derivedOf.set(key, derived);
    }
    return derived;
  }

  beginFetch(): Fetch {
    const fetch: Fetch = { written: new Set() };
    this.fetches.add(fetch);
    return fetch;
  }

  endFetch(fetch: Fetch): void {
    this.fetches.delete(fetch);
  }

  /** Takes a fetched value, unless a commit has written the row since the fetch began. */
  admit(fetch: Fetch, kind: RowKind<unknown>, key: string, value: unknown): void {
    const id = rowId(kind, key);
    if (!this.isStale(fetch, id)) this.staged.set(id, { kind, value });
  }

  protected isStale(fetch: Fetch, id: string): boolean {
    return fetch.written.has(id);
  }

  /** The records that the staged rows were fetched for have been applied. */
  clearStaged(): void {
    if (this.staged.size === 0) return;
    for (const [id, { kind, value }] of this.staged) this.keepStaged(id, kind, value);
    this.staged.clear();
  }

  private keepStaged(id: string, kind: RowKind<unknown>, value: unknown): void {
    if (kind.slot !== invocationRows.slot) this.keepOther(id, kind, value);
    else if (value !== null) this.keepInvocation(id.slice(1), value as Invocation);
  }

  /** The batch is durable: its rows are now the committed ones. */
  merge(batch: Batch): void {
    for (const { kind, key, value } of batch.changed()) {
      const tracked = this.fetches.size > 0 || this.staged.size > 0;
      if (tracked) this.markWritten(rowId(kind, key), value ?? null);
      if (kind.slot === invocationRows.slot) {
        this.keepInvocation(key, value as Invocation | undefined);
      } else if (kind.slot === stateRows.slot) {
        this.states.written(key, (value as Uint8Array | undefined) ?? null);
      } else this.keepOther(rowId(kind, key), kind, value ?? null);
    }
  }

  /** A record that waits for the row gets the newer value; a fetch under way must not bring it. */
  private markWritten(id: string, value: unknown): void {
    const staged = this.staged.get(id);
    if (staged !== undefined) this.staged.set(id, { kind: staged.kind, value });
    for (const fetch of this.fetches) fetch.written.add(id);
  }

  private keepInvocation(key: string, invocation: Invocation | undefined): void {
    const wasHot = this.hot.has(key);
    if (invocation === undefined || invocation.status === "completed") {
      this.forget(key);
    } else if (invocation.status === "invoked") {
      this.cold.delete(key);
      if (wasHot || this.hot.size < this.limits.hotInvocationsMax) this.hot.set(key, invocation);
      else this.derivedOf.delete(key);
    } else {
      this.hot.delete(key);
      this.cold.delete(key);
      this.cold.set(key, invocation);
      this.evictCold();
    }
  }

  private evictCold(): void {
    while (this.cold.size > this.limits.coldInvocationsMax) {
      const oldest = this.cold.keys().next();
      if (oldest.done === true) return;
      this.forget(oldest.value);
    }
  }

  private forget(key: string): void {
    this.hot.delete(key);
    this.cold.delete(key);
    this.derivedOf.delete(key);
  }

  /** What is made of a range is not kept: nobody here would notice that one of its rows changed. */
  private keepOther(id: string, kind: RowKind<unknown>, value: unknown): void {
    if (kind.transient === true) return;
    this.others.delete(id);
    if (kind.transient !== undefined && kind.transient !== false && kind.transient(value)) return;
    this.others.set(id, value as object | null);
    while (this.others.size > this.limits.cachedRowsMax) {
      const oldest = this.others.keys().next();
      if (oldest.done === true) return;
      this.others.delete(oldest.value);
    }
  }
}

function rowId(kind: RowKind<unknown>, key: string): string {
  return String.fromCharCode(kind.slot) + key;
}
