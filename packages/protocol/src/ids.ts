/**
 * Identifiers as text.
 *
 * | id | bytes | text |
 * |---|---|---|
 * | invocation | partition key (u64, big-endian), uuid (16 bytes) | `inv_1`, 11 and 22 base62 digits |
 * | deployment | ULID (16 bytes) | `dp_1`, 22 base62 digits |
 * | awakeable | invocation (24 bytes), signal index (u32, big-endian) | `sign_1`, 38 base64url digits |
 * | legacy awakeable | invocation (24 bytes), entry index (u32, big-endian) | `prom_1`, likewise |
 *
 * The `1` is the version of the scheme. A base62 number is its bytes read as little-endian.
 */
import { formatBase62Of64, formatBase62Of128, parseBase62 } from "./base62.ts";
import { formatBase64Url, parseBase64Url } from "./base64url.ts";
import { IdError } from "./id-error.ts";
import type { Uint64 } from "./messages.ts";
import { sipHash13 } from "./siphash.ts";

/**
 * An invocation id as the server keeps it in memory: 24 characters, one for each byte (latin1), so
 * that ids are map keys and compare as their bytes do.
 */
export type InvocationKey = string;

/** What a text of `sign_1…` or `prom_1…` names. */
export type AwakeableTarget =
  | { readonly kind: "signal"; readonly invocationKey: InvocationKey; readonly signalIndex: number }
  | { readonly kind: "entry"; readonly invocationKey: InvocationKey; readonly entryIndex: number };

/** Bytes of an invocation id. */
export const INVOCATION_ID_BYTES = 24;
/** Bytes of the uuid in an invocation id, and of a ULID. */
export const UUID_BYTES = 16;

const RESOURCES = ["inv", "dp", "sub", "prom", "sign", "snap", "mut", "vq"] as const;
type Resource = (typeof RESOURCES)[number];

const SCHEME_VERSION = "1";
const U64_DIGITS = 11;
const U128_DIGITS = 22;
const AWAKEABLE_DIGITS = 38;

/** The key of 24 raw bytes. */
export function invocationKeyFromBytes(bytes: Uint8Array): InvocationKey {
  if (bytes.length !== INVOCATION_ID_BYTES) throw new IdError("BAD_LENGTH");
  return latin1(bytes, 0, 8) + latin1(bytes, 8, 16) + latin1(bytes, 16, 24);
}

/** The 24 raw bytes of `key`. */
export function invocationKeyToBytes(key: InvocationKey): Uint8Array {
  const bytes = new Uint8Array(INVOCATION_ID_BYTES);
  for (let i = 0; i < INVOCATION_ID_BYTES; i++) bytes[i] = key.charCodeAt(i);
  return bytes;
}

/** The key of an invocation with this uuid (16 bytes) that lives where `partitionKey` says. */
export function createInvocationKey(partitionKey: Uint64, uuid: Uint8Array): InvocationKey {
  if (uuid.length !== UUID_BYTES) throw new IdError("BAD_LENGTH");
  const { high, low } = partitionKey;
  const head = String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  );
  return head + latin1(uuid, 0, 8) + latin1(uuid, 8, 16);
}

/** The text `inv_1…` of `key`. */
export function formatInvocationId(key: InvocationKey): string {
  return (
    "inv_1" +
    formatBase62Of64(wordOfKey(key, 0), wordOfKey(key, 4)) +
    formatBase62Of128(wordOfKey(key, 8), wordOfKey(key, 12), wordOfKey(key, 16), wordOfKey(key, 20))
  );
}

/** The key of a text `inv_1…`; throws an {@link IdError}. */
export function parseInvocationId(text: string): InvocationKey {
  const start = parsePrefix(text, "inv");
  if (text.length - start !== U64_DIGITS + U128_DIGITS) throw new IdError("BAD_LENGTH");
  const middle = start + U64_DIGITS;
  const head = parseBase62(text, start, middle, 2);
  const uuid = parseBase62(text, middle, text.length, 4);
  if (head === undefined || uuid === undefined) throw new IdError("BAD_BASE62");
  return latin1OfWords(head) + latin1OfWords(uuid);
}

/** The first 8 bytes of `key`: they decide on the partition. */
export function partitionKeyOf(key: InvocationKey): Uint64 {
  return { high: swapBytes(wordOfKey(key, 0)), low: swapBytes(wordOfKey(key, 4)) };
}

/** The seed of the invocation's random numbers, the same for every attempt. */
export function randomSeedOf(key: InvocationKey): Uint64 {
  const input = new Uint8Array(8 + INVOCATION_ID_BYTES);
  input[0] = INVOCATION_ID_BYTES;
  for (let i = 0; i < INVOCATION_ID_BYTES; i++) input[8 + i] = key.charCodeAt(i);
  return sipHash13(input);
}

/** The text `dp_1…` of a deployment's 16 bytes. */
export function formatDeploymentId(bytes: Uint8Array): string {
  if (bytes.length !== UUID_BYTES) throw new IdError("BAD_LENGTH");
  const key = latin1(bytes, 0, 8) + latin1(bytes, 8, 16);
  return (
    "dp_1" +
    formatBase62Of128(wordOfKey(key, 0), wordOfKey(key, 4), wordOfKey(key, 8), wordOfKey(key, 12))
  );
}

/** The 16 bytes of a text `dp_1…`; throws an {@link IdError}. */
export function parseDeploymentId(text: string): Uint8Array {
  const start = parsePrefix(text, "dp");
  if (text.length - start !== U128_DIGITS) throw new IdError("BAD_LENGTH");
  const words = parseBase62(text, start, text.length, 4);
  if (words === undefined) throw new IdError("BAD_BASE62");
  return Uint8Array.from(latin1OfWords(words), (char) => char.charCodeAt(0));
}

/** The text `sign_1…` of the awakeable that `signalIndex` of the invocation completes. */
export function formatAwakeableId(key: InvocationKey, signalIndex: number): string {
  const bytes = new Uint8Array(INVOCATION_ID_BYTES + 4);
  for (let i = 0; i < INVOCATION_ID_BYTES; i++) bytes[i] = key.charCodeAt(i);
  for (let i = 0; i < 4; i++) bytes[INVOCATION_ID_BYTES + i] = signalIndex >>> (24 - 8 * i);
  return `sign_1${formatBase64Url(bytes)}`;
}

/** What a text `sign_1…` or the older `prom_1…` names; throws an {@link IdError}. */
export function parseAwakeableId(text: string): AwakeableTarget {
  const isLegacy = text.startsWith("prom_");
  const start = parsePrefix(text, isLegacy ? "prom" : "sign");
  if (text.length - start !== AWAKEABLE_DIGITS) throw new IdError("BAD_LENGTH");
  const bytes = parseBase64Url(text.slice(start));
  if (bytes === undefined) throw new IdError("BAD_BASE64");
  const invocationKey = invocationKeyFromBytes(bytes.subarray(0, INVOCATION_ID_BYTES));
  const index = new DataView(bytes.buffer).getUint32(INVOCATION_ID_BYTES);
  return isLegacy
    ? { kind: "entry", invocationKey, entryIndex: index }
    : { kind: "signal", invocationKey, signalIndex: index };
}

/** Checks `<resource>_1` and returns where the rest begins. */
function parsePrefix(text: string, expected: Resource): number {
  const at = text.indexOf("_");
  if (at < 0) throw new IdError("BAD_FORMAT");
  const resource = text.slice(0, at);
  if (!RESOURCES.includes(resource as Resource)) throw new IdError("UNRECOGNIZED_TYPE", resource);
  if (at + 1 === text.length) throw new IdError("BAD_LENGTH");
  if (text.charAt(at + 1) !== SCHEME_VERSION) throw new IdError("UNRECOGNIZED_VERSION");
  if (resource !== expected) throw new IdError("WRONG_TYPE");
  return at + 2;
}

/** Eight bytes as characters. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i += 4) {
    text += String.fromCharCode(
      bytes[i] as number,
      bytes[i + 1] as number,
      bytes[i + 2] as number,
      bytes[i + 3] as number,
    );
  }
  return text;
}

/** Little-endian words as characters. */
function latin1OfWords(words: Uint32Array): string {
  let text = "";
  for (const word of words) {
    text += String.fromCharCode(word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24);
  }
  return text;
}

/** Four characters as a little-endian word. */
function wordOfKey(key: string, at: number): number {
  return (
    (key.charCodeAt(at) |
      (key.charCodeAt(at + 1) << 8) |
      (key.charCodeAt(at + 2) << 16) |
      (key.charCodeAt(at + 3) << 24)) >>>
    0
  );
}

function swapBytes(word: number): number {
  const middle = ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000);
  return ((word >>> 24) | middle | (word << 24)) >>> 0;
}
