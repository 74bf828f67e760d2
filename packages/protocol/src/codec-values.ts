/**
 * The types nested in messages, in bytes.
 *
 * | type | fields |
 * |---|---|
 * | Value | 1 content |
 * | Void | none |
 * | Failure | 1 code, 2 message, 3 metadata (version 6 on) |
 * | FailureMetadata, Header | 1 key, 2 value |
 * | StateEntry | 1 key, 2 value |
 * | StateKeys | 1 keys |
 *
 * A tag is the field number times 8, plus 0 for numbers and 2 for what has a length.
 */
import type { Failure, FailureMetadata, Header, ProtocolVersion, StateEntry } from "./messages.ts";
import type { NestedName } from "./schema.ts";
import { EMPTY_BYTES, type Reader } from "./wire-reader.ts";
import type { Writer } from "./wire-writer.ts";

/** A type without its `readonly`, for the value under construction. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Shared by all messages without headers, state or metadata. */
const NONE: readonly never[] = Object.freeze([]);

/** `list`, or the shared empty list. */
export function orEmpty<T>(list: readonly T[] | undefined): readonly T[] {
  return list ?? NONE;
}

export function encodeValue(w: Writer, tag: number, content: Uint8Array): void {
  const start = w.length;
  w.bytes(0x0a, content);
  w.close(tag, start);
}

export function encodeVoid(w: Writer, tag: number): void {
  w.close(tag, w.length);
}

export function encodeFailure(w: Writer, tag: number, failure: Failure, v: ProtocolVersion): void {
  const start = w.length;
  if (v >= 6 && failure.metadata !== undefined) encodePairs(w, 0x1a, failure.metadata);
  w.string(0x12, failure.message);
  w.u32(0x08, failure.code);
  w.close(tag, start);
}

/** Headers and failure metadata alike. */
export function encodePairs(w: Writer, tag: number, pairs: readonly Header[]): void {
  for (let i = pairs.length - 1; i >= 0; i--) {
    const pair = pairs[i] as Header;
    const start = w.length;
    w.string(0x12, pair.value);
    w.string(0x0a, pair.key);
    w.close(tag, start);
  }
}

export function encodeStateEntries(w: Writer, tag: number, entries: readonly StateEntry[]): void {
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i] as StateEntry;
    const start = w.length;
    w.bytes(0x12, entry.value);
    w.bytes(0x0a, entry.key);
    w.close(tag, start);
  }
}

export function encodeStateKeys(w: Writer, tag: number, keys: readonly Uint8Array[]): void {
  const start = w.length;
  for (let i = keys.length - 1; i >= 0; i--) w.presentBytes(0x0a, keys[i] as Uint8Array);
  w.close(tag, start);
}

export function decodeValue(r: Reader): Uint8Array {
  return r.nested("Value", readValue);
}

export function decodeVoid(r: Reader): void {
  r.nested("Void", skipAll);
}

export function decodeFailure(r: Reader): Failure {
  return r.nested("Failure", readFailure);
}

export function decodeHeader(r: Reader): Header {
  return decodePair(r, "Header");
}

export function decodeStateEntry(r: Reader): StateEntry {
  r.element();
  return r.nested("StateEntry", readStateEntry);
}

export function decodeStateKeys(r: Reader): readonly Uint8Array[] {
  return r.nested("StateKeys", readStateKeys);
}

function decodePair(r: Reader, scope: NestedName): FailureMetadata {
  r.element();
  return r.nested(scope, readPair);
}

function readValue(r: Reader): Uint8Array {
  let content = EMPTY_BYTES;
  while (r.more) {
    if (r.tag() === 0x0a) content = r.bytes();
    else r.skip();
  }
  return content;
}

function skipAll(r: Reader): void {
  while (r.more) {
    r.tag();
    r.skip();
  }
}

function readFailure(r: Reader): Failure {
  let code = 0;
  let message = "";
  let metadata: FailureMetadata[] | undefined;
  while (r.more) {
    switch (r.tag()) {
      case 0x08:
        code = r.u32();
        break;
      case 0x12:
        message = r.string();
        break;
      case 0x1a:
        metadata ??= [];
        metadata.push(decodePair(r, "FailureMetadata"));
        break;
      default:
        r.skip();
    }
  }
  return metadata === undefined ? { code, message } : { code, message, metadata };
}

function readPair(r: Reader): Header {
  let key = "";
  let value = "";
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) key = r.string();
    else if (tag === 0x12) value = r.string();
    else r.skip();
  }
  return { key, value };
}

function readStateEntry(r: Reader): StateEntry {
  let key = EMPTY_BYTES;
  let value = EMPTY_BYTES;
  while (r.more) {
    const tag = r.tag();
    if (tag === 0x0a) key = r.bytes();
    else if (tag === 0x12) value = r.bytes();
    else r.skip();
  }
  return { key, value };
}

function readStateKeys(r: Reader): readonly Uint8Array[] {
  let keys: Uint8Array[] | undefined;
  while (r.more) {
    if (r.tag() === 0x0a) {
      r.element();
      keys ??= [];
      keys.push(r.bytes());
    } else r.skip();
  }
  return orEmpty(keys);
}
