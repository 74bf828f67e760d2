/**
 * Lists of invocations, one row per batch.
 *
 * Restart list: 24 bytes each. Retention list: 1 byte (0 the invocation, 1 its journal alone, from 2
 * on its header, with so many entries of its journal), the 24 bytes, and the batch that bore it.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { StoreError } from "../ports/store.ts";
import { BARE_ENTRIES_MAX, type ExpiryEntry, type ExpiryWhat } from "../records.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

const writer = new ByteWriter();
/** By their bytes. */
const WHAT: readonly ExpiryWhat[] = ["invocation", "journal"];
const HEADER = WHAT.length;

export function encodeAliveList(keys: readonly InvocationKey[]): Uint8Array {
  writer.begin();
  for (const key of keys) writer.binary(key);
  return writer.take();
}

export function decodeAliveList(bytes: Uint8Array): InvocationKey[] {
  if (bytes.length % 24 !== 0) {
    throw new StoreError("DATA_CORRUPTION", "a restart list ends in the middle of an id");
  }
  const reader = new ByteReader(bytes, "restart list");
  const keys: InvocationKey[] = [];
  while (!reader.atEnd) keys.push(reader.binary(24) as InvocationKey);
  return keys;
}

export function encodeExpiryList(entries: readonly ExpiryEntry[]): Uint8Array {
  writer.begin();
  for (const entry of entries) {
    const { what, entries = 0 } = entry;
    writer.u8(what === "header" ? HEADER + entries : WHAT.indexOf(what));
    writer.binary(entry.key);
    writer.varint(entry.bornIn);
  }
  return writer.take();
}

export function decodeExpiryList(bytes: Uint8Array): ExpiryEntry[] {
  const reader = new ByteReader(bytes, "retention list");
  const entries: ExpiryEntry[] = [];
  while (!reader.atEnd) {
    const kind = reader.u8();
    if (kind > HEADER + BARE_ENTRIES_MAX) {
      throw new StoreError("DATA_CORRUPTION", "a retention list has an unknown kind of entry");
    }
    const what = WHAT[kind];
    const key = reader.binary(24) as InvocationKey;
    const bornIn = reader.varint();
    entries.push(
      what === undefined
        ? { key, what: "header", entries: kind - HEADER, bornIn }
        : { key, what, bornIn },
    );
  }
  return entries;
}
