/**
 * Bytes on their way between user code and the journal. A serde may hand on the very array that it
 * was given: then a handler that goes on writing into it would change what the journal holds, or
 * what its next replay reads.
 */
import type { Serde } from "@rejoin/protocol";

/** Serializes `value` into bytes that nobody else can change. */
export function serializeOwn<T>(serde: Serde<T>, value: T): Uint8Array {
  const bytes = serde.serialize(value);
  return shareMemory(value, bytes) ? new Uint8Array(bytes) : bytes;
}

/** Deserializes `bytes` into a value that may be changed. */
export function deserializeOwn<T>(serde: Serde<T>, bytes: Uint8Array): T {
  const value = serde.deserialize(bytes);
  return shareMemory(value, bytes) ? (new Uint8Array(value as Uint8Array) as T) : value;
}

function shareMemory(value: unknown, bytes: Uint8Array): boolean {
  return value instanceof Uint8Array && value.buffer === bytes.buffer;
}
