/**
 * The last 16 bytes of an invocation id: derived from the request where two requests must meet in
 * one invocation, and otherwise a ULID: 48 bits of time in milliupper, 80 bits of randomness.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { UUID_BYTES } from "./ids.ts";
import type { AttachTarget } from "./messages.ts";
import { encodeUtf8 } from "./text-codec.ts";

/** A request that determines its invocation. */
export type DeterministicTarget = Exclude<AttachTarget, { readonly kind: "invocation" }>;

const RANDOM_BYTES = 10;
const SEPARATOR = ",";

/** The uuid of the invocation that a workflow's run or an idempotent request stands for. */
export function deterministicUuid(target: DeterministicTarget): Uint8Array {
  const scope = target.scope === undefined ? [] : [target.scope];
  const segments =
    target.kind === "workflow"
      ? ["wf", ...scope, target.name, target.key]
      : [
          "ik",
          ...scope,
          target.service,
          ...(target.key === undefined ? [] : [target.key]),
          target.handler,
          target.idempotencyKey,
        ];
  return sha256(encodeUtf8(segments.join(SEPARATOR))).slice(0, UUID_BYTES);
}

/**
 * A ULID: `timeMs` (below 2^48), then the sum of `random` (10 bytes) and `increment` (up to 2^48)
 * modulo 2^80.
 * Within a millisecond, one random value and rising increments give ids that sort in their order.
 */
export function ulidBytes(timeMs: number, random: Uint8Array, increment: number): Uint8Array {
  const bytes = new Uint8Array(UUID_BYTES);
  const upper = Math.floor(timeMs / 0x1_0000_0000);
  bytes[0] = upper >>> 8;
  bytes[1] = upper;
  writeU32(bytes, 2, timeMs % 0x1_0000_0000);
  let carry = increment;
  for (let i = RANDOM_BYTES - 1; i >= 0; i--) {
    carry += random[i] as number;
    bytes[6 + i] = carry;
    carry = carry < 0x8000_0000 ? carry >>> 8 : Math.floor(carry / 256);
  }
  return bytes;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
