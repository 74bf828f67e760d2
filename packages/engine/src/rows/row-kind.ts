/**
 * A kind of row: how its values are stored. The engine reads and writes values, not bytes; a value
 * is encoded once per batch, in its last version.
 */
import type { KeyRange, Row } from "../ports/store.ts";

export interface RowKind<T> {
  /** A small number of its own, below {@link ROW_KINDS_MAX}: names its map in a layer. */
  readonly slot: number;
  /** For messages. */
  readonly name: string;
  /** The store's key of the row that the engine calls `key`. */
  rowKey(key: string): Uint8Array;
  /** The value is made of the rows of a range. Read only, and never kept in memory. */
  readonly ranged?: {
    range(key: string): KeyRange;
    /** At least one row. */
    fold(rows: readonly Row[]): T;
  };
  /** Not kept in memory once it is committed: read seldom, or large. `null`: there is none. */
  readonly transient?: boolean | ((value: T | null) => boolean);
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array, key: string): T;
}

export const ROW_KINDS_MAX = 16;
