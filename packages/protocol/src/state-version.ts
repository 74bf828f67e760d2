/**
 * The fingerprint of an object's state, which an operator's change of it can name: SHA-256 over its
 * entries in the order of their names, each as its number (u64, big-endian), 1, the name, 2, the
 * value, 3; as unpadded base64url.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { formatBase64Url } from "./base64url.ts";
import type { StateEntry } from "./messages.ts";

/** `entries` are in the order of their names. */
export function stateVersion(entries: readonly StateEntry[]): string {
  const hash = sha256.create();
  for (const [index, { key, value }] of entries.entries()) {
    const number = new Uint8Array(8);
    new DataView(number.buffer).setUint32(4, index);
    hash.update(number);
    hash.update(Uint8Array.of(1)).update(key);
    hash.update(Uint8Array.of(2)).update(value);
    hash.update(Uint8Array.of(3));
  }
  return formatBase64Url(hash.digest());
}
