/**
 * A kind of row: how its values are stored. The engine reads and writes values, not bytes; a value
 * is encoded once per batch, in its last version.
 */
import type { KeyRange } from "../ports/store.ts";

export interface RowKind<T> {
  /** A small number of its own, below {@link ROW_KINDS_MAX}: names its map in a layer. */
  readonly slot: number;
  /** For messages. */
  readonly name: string;
  /** The store's key of the row that the engine calls `key`. */
  rowKey(key: string): Uint8Array;
  /** The value is what the rows of this range hold, one after the other. Read only. */
  joined?(key: string): KeyRange;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array, key: string): T;
}

export const ROW_KINDS_MAX = 16;
