/**
 * Lists of invocations, one row per batch.
 *
 * Restart list: 24 bytes each. Retention list: 1 byte (0 the invocation, 1 its journal alone), the
 * 24 bytes, and the batch that bore it.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { StoreError } from "../ports/store.ts";
import type { ExpiryEntry } from "../records.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

const writer = new ByteWriter();

export function encodeAliveList(keys: readonly InvocationKey[]): Uint8Array {
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
  for (const entry of entries) {
    writer.u8(entry.what === "invocation" ? 0 : 1);
    writer.binary(entry.key);
    writer.varint(entry.bornIn);
  }
  return writer.take();
}

export function decodeExpiryList(bytes: Uint8Array): ExpiryEntry[] {
  const reader = new ByteReader(bytes, "retention list");
  const entries: ExpiryEntry[] = [];
  while (!reader.atEnd) {
    const what = reader.u8() === 0 ? "invocation" : "journal";
    const key = reader.binary(24) as InvocationKey;
    entries.push({ key, what, bornIn: reader.varint() });
  }
  return entries;
}
