/**
 * A batch: the effects of the records that are committed together.
 *
 * While it is being filled and while its commit is in flight it is also the newest state of the
 * rows that it changed.
 */
import type { InvocationKey } from "@rejoin/protocol";
import type { Action } from "./actions.ts";
import type { Completion, Effects, RowWrite } from "./effects.ts";
import type { Invocation } from "./model/invocation.ts";
import type { PartitionMessage } from "./partition-message.ts";
import { encodePartitionMessage } from "./partition-message.ts";
import type { Commit, OutgoingMessage, StoredMessage, Write } from "./ports/store.ts";
import type { ExpiryEntry } from "./records.ts";
import { encodeSegment, SEGMENT_BYTES_MAX, SEGMENT_HEADER_BYTES } from "./rows/journal-rows.ts";
import { aliveRowKey, expiryRowKey, segmentRowKey } from "./rows/keys.ts";
import { encodeAliveList, encodeExpiryList } from "./rows/list-rows.ts";
import { ROW_KINDS_MAX, type RowKind } from "./rows/row-kind.ts";

const SECOND_MS = 1000;
/** About what a header row takes; the batch's size in bytes need not be exact. */
const ROW_BYTES_ABOUT = 256;

interface Appended {
  readonly firstIndex: number;
  readonly frames: Uint8Array[];
}

/** The second whose end is the first at which `atMs` has passed. */
export function expirySecondOf(atMs: number): number {
  return Math.floor(atMs / SECOND_MS);
}

export class Batch {
  readonly number: number;
  readonly actions: Action[] = [];
  readonly born: InvocationKey[] = [];
  readonly completed: Completion[] = [];
  /** Rows besides those of records: the restart lists that have become empty. */
  readonly extraWrites: Write[] = [];
  recordCount = 0;
  /** At least as many rows as the commit will write, but for a few lists. */
  writeCount = 0;
  bytesAbout = 0;
  timeMs = 0;

  private readonly rows: (Map<string, RowWrite> | undefined)[] = new Array(ROW_KINDS_MAX);
  private readonly appends = new Map<InvocationKey, Appended>();
  private readonly rawWrites: Write[] = [];
  private readonly expiries = new Map<number, ExpiryEntry[]>();
  private readonly lists: Effects["expiryLists"][number][] = [];
  private readonly messages: { destination: number; message: PartitionMessage }[] = [];
  private readonly consumed: Pick<StoredMessage, "source" | "sequence">[] = [];

  constructor(number: number) {
    this.number = number;
  }

  /** Whether a commit would write anything. */
  get writesAnything(): boolean {
    return (
      this.rows.some((map) => map !== undefined) ||
      this.rawWrites.length + this.extraWrites.length + this.lists.length > 0 ||
      this.messages.length + this.consumed.length > 0
    );
  }

  /** The row's value in this batch, `null` if it is deleted, `undefined` if it is not in it. */
  row(kind: RowKind<unknown>, key: string): unknown {
    const write = this.rows[kind.slot]?.get(key);
    if (write === undefined) return undefined;
    return write.value ?? null;
  }

  /** All rows with a value in memory. */
  *changed(): Generator<RowWrite> {
    for (const map of this.rows) if (map !== undefined) yield* map.values();
  }

  /** The headers that this batch wrote. */
  invocations(kind: RowKind<Invocation>): readonly (Invocation | undefined)[] {
    const writes = this.rows[kind.slot]?.values() ?? [];
    return [...writes].map((write) => write.value as Invocation | undefined);
  }

  add(effects: Effects): void {
    this.recordCount += 1;
    for (const write of effects.writes) this.addRow(write);
    for (const append of effects.appends) {
      this.bytesAbout += append.frame.length;
      const appended = this.appends.get(append.key);
      if (appended === undefined) {
        this.writeCount += 1;
        this.appends.set(append.key, { firstIndex: append.index, frames: [append.frame] });
      } else appended.frames.push(append.frame);
    }
    for (const write of effects.rawWrites) {
      this.bytesAbout += write.key.length + (write.value?.length ?? 0);
      this.writeCount += 1;
      this.rawWrites.push(write);
    }
    this.born.push(...effects.born);
    this.completed.push(...effects.completed);
    for (const { atMs, ...entry } of effects.expiries) this.addExpiry(atMs, entry);
    this.lists.push(...effects.expiryLists);
    this.messages.push(...effects.messages);
    if (effects.consumed !== undefined) this.consumed.push(effects.consumed);
    this.actions.push(...effects.actions);
  }

  private addRow(write: RowWrite): void {
    let map = this.rows[write.kind.slot];
    if (map === undefined) {
      map = new Map();
      this.rows[write.kind.slot] = map;
    }
    const before = map.size;
    map.set(write.key, write);
    this.writeCount += map.size - before;
    this.bytesAbout += ROW_BYTES_ABOUT;
  }

  private addExpiry(atMs: number, entry: ExpiryEntry): void {
    const second = expirySecondOf(atMs);
    const entries = this.expiries.get(second);
    if (entries === undefined) this.expiries.set(second, [entry]);
    else entries.push(entry);
  }

  /** The commit that makes the batch durable. `alive`: those of its births that still live. */
  pack(alive: readonly InvocationKey[]): Commit {
    // What these delete of an earlier life of an id must not outdo what is written for its next one.
    const writes: Write[] = [...this.rawWrites];
    for (const { kind, key, value } of this.changed()) {
      const encoded = value === undefined ? undefined : kind.encode(value);
      writes.push({ key: kind.rowKey(key), value: encoded });
    }
    for (const [key, appended] of this.appends) packSegments(key, appended, this.timeMs, writes);
    writes.push(...this.extraWrites);
    if (alive.length > 0) {
      writes.push({ key: aliveRowKey(this.number), value: encodeAliveList(alive) });
    }
    for (const [second, entries] of this.expiries) {
      const value = encodeExpiryList(entries);
      writes.push({ key: expiryRowKey(second, this.number), value });
    }
    for (const list of this.lists) {
      const value = list.rest.length === 0 ? undefined : encodeExpiryList(list.rest);
      writes.push({ key: expiryRowKey(list.second, list.batch), value });
    }
    return {
      number: this.number,
      timeMs: this.timeMs,
      writes,
      messages: this.packMessages(),
      consumed: this.consumed,
    };
  }

  /** The partitions that this batch sends to. */
  destinations(): ReadonlySet<number> {
    return new Set(this.messages.map(({ destination }) => destination));
  }

  private packMessages(): OutgoingMessage[] {
    return this.messages.map(({ destination, message }, index) => ({
      destination,
      sequence: { commit: this.number, index },
      body: encodePartitionMessage(message),
    }));
  }
}

function packSegments(
  key: InvocationKey,
  appended: Appended,
  timeMs: number,
  writes: Write[],
): void {
  let start = 0;
  let bytes = SEGMENT_HEADER_BYTES;
  const { frames, firstIndex } = appended;
  for (let i = 0; i <= frames.length; i++) {
    const length = frames[i]?.length ?? 0;
    const full = i > start && bytes + length > SEGMENT_BYTES_MAX;
    if (full || (i === frames.length && i > start)) {
      writes.push({
        key: segmentRowKey(key, firstIndex + start),
        value: encodeSegment(frames.slice(start, i), timeMs),
      });
      start = i;
      bytes = SEGMENT_HEADER_BYTES;
    }
    bytes += length;
  }
}
