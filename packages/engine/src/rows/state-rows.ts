/**
 * The state of virtual objects and workflows: a row for each name, the value as it is.
 *
 * The generation in the key tells what counts from what a `clearAll` has left behind.
 */
import type { StateEntry } from "@rejoin/protocol";
import type { KeyRange, Row } from "../ports/store.ts";
import { binaryString } from "./bytes.ts";
import {
  type InstanceId,
  instanceLength,
  numberKey,
  numberOfKey,
  taggedKey,
  taggedRange,
} from "./instance.ts";
import { Tag } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";

const GENERATION_CHARS = 4;

export function stateKey(instance: InstanceId, generation: number, name: Uint8Array): string {
  return statePrefix(instance, generation) + binaryString(name);
}

/** What the keys of all state rows of a generation begin with. */
export function statePrefix(instance: InstanceId, generation: number): string {
  return instance + numberKey(generation, GENERATION_CHARS);
}

/** What {@link stateKey} was made of: the beginning that all keys of the state have, and the name. */
export function splitStateKey(key: string): { readonly prefix: string; readonly name: string } {
  const length = instanceLength(key) + GENERATION_CHARS;
  return { prefix: key.slice(0, length), name: key.slice(length) };
}

/** All state rows of an instance, or those of one generation, or those up to one. */
export function stateRange(instance: InstanceId, generation?: number): KeyRange {
  if (generation === undefined) return taggedRange(Tag.state, instance);
  return taggedRange(Tag.state, statePrefix(instance, generation));
}

/** The state rows of all generations below `generation`. */
export function staleStateRange(instance: InstanceId, generation: number): KeyRange {
  return {
    gte: taggedKey(Tag.state, instance),
    lt: taggedKey(Tag.state, statePrefix(instance, generation)),
  };
}

/** What a state row key says. */
export function parseStateRowKey(key: Uint8Array): {
  readonly instance: InstanceId;
  readonly generation: number;
  readonly name: Uint8Array;
} {
  const text = binaryString(key.subarray(1));
  const length = instanceLength(text);
  return {
    instance: text.slice(0, length),
    generation: numberOfKey(text.slice(length, length + GENERATION_CHARS)),
    name: key.subarray(1 + length + GENERATION_CHARS),
  };
}

/** One value, by {@link stateKey}. */
export const stateRows: RowKind<Uint8Array> = {
  slot: 7,
  name: "state",
  transient: true,
  rowKey: (key) => taggedKey(Tag.state, key),
  encode: (value) => value,
  decode: (bytes) => bytes,
};

const NONCE_CHARS = 32;

/**
 * The key of a whole state as one record reads it. `nonce` names the record: what is fetched for
 * one must not be taken for what another would find.
 */
export function stateMapKey(nonce: string, instance: InstanceId, generation: number): string {
  return nonce.padEnd(NONCE_CHARS).slice(0, NONCE_CHARS) + statePrefix(instance, generation);
}

/** A whole state, in the order of its names, by {@link stateMapKey}. */
export const stateMapRows: RowKind<readonly StateEntry[]> = {
  slot: 8,
  name: "state of an object",
  transient: true,
  rowKey: (key) => taggedKey(Tag.state, key.slice(NONCE_CHARS)),
  ranged: {
    range: (key) => taggedRange(Tag.state, key.slice(NONCE_CHARS)),
    fold: (rows: readonly Row[]) =>
      rows.map(({ key, value }) => ({ key: parseStateRowKey(key).name, value })),
  },
  encode: () => new Uint8Array(0),
  decode: () => [],
};
