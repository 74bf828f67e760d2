/**
 * The state of objects that are visited often, so that a visit begins without a read.
 *
 * A generation's state is here as a whole, as of the last commit, or not at all. A read of the store
 * goes on while commits do: what it brings is kept only if nothing of the object's state was written
 * meanwhile. Bounded in bytes; whose turn was longest ago goes first.
 */
import { type InstanceId, splitStateKey, statePrefix } from "@rejoin/engine";
import { ChurnMap, type StateEntry } from "@rejoin/protocol";

/** A read of an object's state that is under way. */
export interface StateRead {
  readonly instance: InstanceId;
  outdated: boolean;
}

interface Cached {
  /** By their names, a character a byte. */
  readonly values: Map<string, StateEntry>;
  /** In the order of their names; made when somebody asks. */
  inOrder: readonly StateEntry[] | undefined;
  bytes: number;
}

/** About what an entry, and an object, take besides their bytes. */
const ENTRY_BYTES_ABOUT = 200;
/** A state that takes more than this share of the cache is not worth its place. */
const SHARE_MAX = 64;
/** How much is left when there was too much. */
const KEPT_SHARE = 7 / 8;

export class StateCache {
  private readonly bytesMax: number;
  private readonly states = new ChurnMap<string, Cached>();
  private readonly reads = new Set<StateRead>();
  private bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** All entries of a generation's state, in the order of their names, if they are in memory. */
  get(instance: InstanceId, generation: number): readonly StateEntry[] | undefined {
    const prefix = statePrefix(instance, generation);
    const cached = this.states.get(prefix);
    if (cached === undefined) return undefined;
    this.states.delete(prefix);
    this.states.set(prefix, cached);
    cached.inOrder ??= [...cached.values]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, entry]) => entry);
    return cached.inOrder;
  }

  /** Before anything is read. */
  beginRead(instance: InstanceId): StateRead {
    const read = { instance, outdated: false };
    this.reads.add(read);
    return read;
  }

  endRead(read: StateRead): void {
    this.reads.delete(read);
  }

  /** What a read has brought: all entries of a generation's state. */
  admit(read: StateRead, generation: number, entries: readonly StateEntry[]): void {
    const prefix = statePrefix(read.instance, generation);
    if (read.outdated || this.states.has(prefix)) return;
    const values = new Map(entries.map((entry) => [nameOf(entry.key), entry]));
    const own = prefix.length + ENTRY_BYTES_ABOUT;
    const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), own);
    this.keep(prefix, { values, inOrder: entries, bytes });
  }

  /** A state row, by its key, has been committed: its new value, `null` if it is gone. */
  written(rowKey: string, value: Uint8Array | null): void {
    for (const read of this.reads) {
      if (rowKey.startsWith(read.instance)) read.outdated = true;
    }
    if (this.states.size === 0) return;
    const { prefix, name } = splitStateKey(rowKey);
    const cached = this.states.get(prefix);
    if (cached === undefined) return;
    this.drop(prefix, cached);
    update(cached, name, value);
    this.keep(prefix, cached);
  }

  private keep(prefix: string, cached: Cached): void {
    if (cached.bytes * SHARE_MAX > this.bytesMax) return;
    this.states.set(prefix, cached);
    this.bytes += cached.bytes;
    if (this.bytes > this.bytesMax) this.makeRoom();
  }

  /** Much at once: to find the oldest of a map costs as much as there are holes before it. */
  private makeRoom(): void {
    for (const [oldest, cached] of this.states.entries()) {
      if (this.bytes <= this.bytesMax * KEPT_SHARE) return;
      this.drop(oldest, cached);
    }
  }

  private drop(prefix: string, cached: Cached): void {
    if (this.states.delete(prefix)) this.bytes -= cached.bytes;
  }
}

function update(cached: Cached, name: string, value: Uint8Array | null): void {
  const before = cached.values.get(name);
  if (before !== undefined) cached.bytes -= bytesOf(before);
  if (value === null) cached.values.delete(name);
  else {
    // A copy: the value may be a small part of what came over a connection.
    const entry = { key: before?.key ?? toBytes(name), value: new Uint8Array(value) };
    cached.values.set(name, entry);
    cached.bytes += bytesOf(entry);
  }
  cached.inOrder = undefined;
}

function bytesOf({ key, value }: StateEntry): number {
  return key.length + value.length + ENTRY_BYTES_ABOUT;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}

function toBytes(name: string): Uint8Array {
  return new Uint8Array(Buffer.from(name, "latin1"));
}
