/**
 * Changed headers in one buffer: their keys as they are, without the tag, since this is what a
 * partition's thread pays for the mirror.
 *
 * Each header: the 24 bytes of the invocation's key, length of the value (4, little-endian) and
 * value. The length 0xffffffff, without a value, says that it has been deleted.
 */
import { invariant } from "@rejoin/engine";
import { INVOCATION_ID_BYTES, type InvocationKey } from "@rejoin/protocol";

export interface Header {
  readonly key: InvocationKey;
  /** `undefined` for one that has been deleted. */
  readonly value: Uint8Array | undefined;
}

const HEAD_BYTES = INVOCATION_ID_BYTES + 4;
const DELETED = 0xffff_ffff;

export function packHeaders(headers: readonly Header[]): Uint8Array<ArrayBuffer> {
  let length = headers.length * HEAD_BYTES;
  for (const { value } of headers) length += value?.length ?? 0;
  const packed = new Uint8Array(length);
  let at = 0;
  for (const { key, value } of headers) {
    for (let i = 0; i < INVOCATION_ID_BYTES; i++) packed[at++] = key.charCodeAt(i);
    const size = value?.length ?? DELETED;
    packed[at++] = size;
    packed[at++] = size >>> 8;
    packed[at++] = size >>> 16;
    packed[at++] = size >>> 24;
    if (value === undefined) continue;
    packed.set(value, at);
    at += value.length;
  }
  return packed;
}

/** The values are views of `packed`. */
export function unpackHeaders(packed: Uint8Array): Header[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const headers: Header[] = [];
  let at = 0;
  while (at < packed.length) {
    let key = "";
    for (let i = 0; i < INVOCATION_ID_BYTES; i++) key += String.fromCharCode(packed[at + i] ?? 0);
    const length = view.getUint32(at + INVOCATION_ID_BYTES, true);
    at += HEAD_BYTES;
    const value = length === DELETED ? undefined : packed.subarray(at, at + length);
    at += value?.length ?? 0;
    headers.push({ key: key as InvocationKey, value });
  }
  invariant(at === packed.length, "packed headers end in the middle of one");
  return headers;
}
