/**
 * An ordered map from strings to values with snapshots that cost nothing to take.
 *
 * Entries lie in chunks of at most `chunkEntriesMax`. A chunk belongs to the map that made it;
 * taking a snapshot makes both maps own nothing, and a map copies a chunk (and the list of
 * chunks) before it changes what it does not own. Strings compare by code unit, so keys that are
 * latin1 strings are ordered as unsigned bytes.
 */

const chunkEntriesMax = 128;

interface Chunk<V> {
  readonly owner: object;
  readonly keys: string[];
  readonly values: V[];
}

interface ChunkList<V> {
  readonly owner: object;
  readonly chunks: Chunk<V>[];
}

/** The bounds of a scan; absent bounds are open. */
export interface MapRange {
  /** Inclusive. */
  readonly gte?: string;
  /** Exclusive. */
  readonly gt?: string;
  /** Exclusive. */
  readonly lt?: string;
  readonly limit: number;
  readonly reverse?: boolean;
}

/** See the head of this file. */
export class SortedMap<V> {
  #owner: object = {};
  #list: ChunkList<V>;

  constructor(list?: { readonly chunks: Chunk<V>[] }) {
    this.#list = list ? { owner: {}, chunks: list.chunks } : { owner: this.#owner, chunks: [] };
  }

  get(key: string): V | undefined {
    const chunk = this.#list.chunks[this.#chunkIndex(key)];
    if (chunk === undefined) return undefined;
    const at = lowerBound(chunk.keys, key);
    return chunk.keys[at] === key ? chunk.values[at] : undefined;
  }

  set(key: string, value: V): void {
    const index = Math.max(0, this.#chunkIndex(key));
    const chunk = this.#writableChunk(index);
    const at = lowerBound(chunk.keys, key);
    if (chunk.keys[at] === key) {
      chunk.values[at] = value;
      return;
    }
    chunk.keys.splice(at, 0, key);
    chunk.values.splice(at, 0, value);
    if (chunk.keys.length > chunkEntriesMax) this.#split(index, chunk);
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    const index = this.#chunkIndex(key);
    const chunk = this.#writableChunk(index);
    const at = lowerBound(chunk.keys, key);
    chunk.keys.splice(at, 1);
    chunk.values.splice(at, 1);
    if (chunk.keys.length === 0) this.#list.chunks.splice(index, 1);
  }

  /** The entries of a range in key order, or from its end if `reverse`. */
  range(range: MapRange): [key: string, value: V][] {
    return range.reverse ? this.#descend(range) : this.#ascend(range);
  }

  /** A map of the present entries; later changes of either do not show in the other. */
  snapshot(): SortedMap<V> {
    this.#owner = {};
    return new SortedMap(this.#list);
  }

  #ascend(range: MapRange): [string, V][] {
    const found: [string, V][] = [];
    const from = range.gte ?? range.gt ?? "";
    const { chunks } = this.#list;
    for (let index = Math.max(0, this.#chunkIndex(from)); index < chunks.length; index++) {
      const chunk = chunks[index];
      if (chunk === undefined) break;
      for (let at = lowerBound(chunk.keys, from); at < chunk.keys.length; at++) {
        const key = chunk.keys[at] as string;
        if (range.lt !== undefined && key >= range.lt) return found;
        if (found.length >= range.limit) return found;
        if (key !== range.gt) found.push([key, chunk.values[at] as V]);
      }
    }
    return found;
  }

  #descend(range: MapRange): [string, V][] {
    const found: [string, V][] = [];
    const { chunks } = this.#list;
    const last = range.lt === undefined ? chunks.length - 1 : this.#chunkIndex(range.lt);
    for (let index = last; index >= 0; index--) {
      const chunk = chunks[index];
      if (chunk === undefined) break;
      const end = range.lt === undefined ? chunk.keys.length : lowerBound(chunk.keys, range.lt);
      for (let at = end - 1; at >= 0; at--) {
        const key = chunk.keys[at] as string;
        if (range.gte !== undefined && key < range.gte) return found;
        if (range.gt !== undefined && key <= range.gt) return found;
        if (found.length >= range.limit) return found;
        found.push([key, chunk.values[at] as V]);
      }
    }
    return found;
  }

  /** The last chunk whose first key is at most `key`, -1 if there is none. */
  #chunkIndex(key: string): number {
    const { chunks } = this.#list;
    let low = 0;
    let high = chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((chunks[middle]?.keys[0] as string) <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #writableChunk(index: number): Chunk<V> {
    const owner = this.#owner;
    if (this.#list.owner !== owner) this.#list = { owner, chunks: this.#list.chunks.slice() };
    const found = this.#list.chunks[index];
    if (found?.owner === owner) return found;
    const keys = found ? found.keys.slice() : [];
    const copy = { owner, keys, values: found ? found.values.slice() : [] };
    this.#list.chunks[index] = copy;
    return copy;
  }

  #split(index: number, chunk: Chunk<V>): void {
    const half = chunk.keys.length >>> 1;
    const keys = chunk.keys.splice(half);
    this.#list.chunks.splice(index + 1, 0, {
      owner: this.#owner,
      keys,
      values: chunk.values.splice(half),
    });
  }
}

/** The first place whose key is at least `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
