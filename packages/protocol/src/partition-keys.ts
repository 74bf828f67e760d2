/**
 * Partition keys: the hash of what an invocation must share a partition with, and the partition that
 * a key falls into. A hashed text is its UTF-8 bytes followed by 0xFF.
 */
import { SERVICE_BUCKET_COUNT } from "./limits.ts";
import type { Uint64 } from "./messages.ts";
import { encodeUtf8 } from "./text-codec.ts";
import { xxh3 } from "./xxh3.ts";

const TWO_32 = 0x1_0000_0000;
const TEXT_END = 0xff;
/** Marks keys of services outside any scope. */
const UNSCOPED_SERVICE = "unscoped/service";

/** The key of everything in a scope. */
export function partitionKeyOfScope(scope: string): Uint64 {
  return xxh3(hashInput([scope], 0));
}

/** The key of an object's or workflow's key; the service does not matter. */
export function partitionKeyOfKey(key: string): Uint64 {
  return xxh3(hashInput([key], 0));
}

/** The key of a plain service's request with an idempotency key. */
export function partitionKeyOfIdempotentRequest(service: string, idempotencyKey: string): Uint64 {
  const { low } = xxh3(hashInput([idempotencyKey], 0));
  return partitionKeyOfServiceBucket(service, low % SERVICE_BUCKET_COUNT);
}

/** The key of a plain service's other requests, whose `bucket` (0 to 511) the caller draws. */
export function partitionKeyOfServiceBucket(service: string, bucket: number): Uint64 {
  const input = hashInput([service, UNSCOPED_SERVICE], 8);
  input[input.length - 8] = bucket & 255;
  input[input.length - 7] = bucket >>> 8;
  return xxh3(input);
}

/** The partition, 0 to `partitionCount - 1`, whose equal share of the key space `key` lies in. */
export function partitionOf(key: Uint64, partitionCount: number): number {
  const lower = Math.floor((key.low * partitionCount) / TWO_32);
  return Math.floor((key.high * partitionCount + lower) / TWO_32);
}

/** `texts`, each ended by 0xFF, and `spare` zero bytes. */
function hashInput(texts: readonly string[], spare: number): Uint8Array {
  const parts = texts.map(toUtf8);
  const length = parts.reduce((sum, part) => sum + part.length + 1, spare);
  const input = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) input[at++] = byteAt(part, i);
    input[at++] = TEXT_END;
  }
  return input;
}

/** ASCII stays a string: to read it in place is faster than to encode it. */
function toUtf8(text: string): string | Uint8Array {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return encodeUtf8(text);
  return text;
}

function byteAt(part: string | Uint8Array, index: number): number {
  return typeof part === "string" ? part.charCodeAt(index) : (part[index] as number);
}
