/**
 * Bytes on their way between user code and the journal. A serde may hand on the very array that it
 * was given: then a handler that goes on writing into it would change what the journal holds, or
 * what its next replay reads.
 */
import type { Serde } from "@rejoin/protocol";

/** Serializes `value` into bytes that nobody else can change. */
export function serializeOwn<T>(serde: Serde<T>, value: T): Uint8Array {
  const bytes = serde.serialize(value);
  return memoryOf(value) === bytes.buffer ? new Uint8Array(bytes) : bytes;
}

/**
 * Deserializes `bytes` into a value that may be changed. The serde makes it once more where it would
 * be a view of `bytes`: only the serde knows what kind of view it is to be.
 */
export function deserializeOwn<T>(serde: Serde<T>, bytes: Uint8Array): T {
  const value = serde.deserialize(bytes);
  return memoryOf(value) === bytes.buffer ? serde.deserialize(new Uint8Array(bytes)) : value;
}

/** What a view looks at; `undefined` of everything else. */
function memoryOf(value: unknown): ArrayBufferLike | undefined {
  if (value instanceof ArrayBuffer) return value;
  return ArrayBuffer.isView(value) ? value.buffer : undefined;
}
