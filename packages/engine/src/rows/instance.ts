/**
 * The name of a virtual object or workflow in row keys: service, scope and key.
 *
 * Each is UTF-8 with every byte 0 written as 0 255, followed by 0 1. So no name is the beginning of
 * another, what follows it in a row key cannot be taken for a part of it, and the rows of a service
 * lie together. In memory it is a string with a character for each byte.
 */
import type { Target } from "../model/invocation.ts";
import { type KeyRange, StoreError } from "../ports/store.ts";
import { binaryString } from "./bytes.ts";

/** The encoded name, a character a byte. */
export type InstanceId = string;

export interface Instance {
  readonly service: string;
  /** "" for none. */
  readonly scope: string;
  readonly key: string;
}

const END = "\u0000\u0001";
const ESCAPED_ZERO = "\u0000\u00ff";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function instanceOf(target: Target): InstanceId {
  return instanceId({ service: target.service, scope: target.scope ?? "", key: target.key });
}

export function instanceId({ service, scope, key }: Instance): InstanceId {
  return component(service) + component(scope) + component(key);
}

/** The name that `id` encodes. */
export function parseInstanceId(id: InstanceId): Instance {
  const [service, scope, key, rest] = id.split(END);
  if (service === undefined || scope === undefined || key === undefined || rest !== "") {
    throw new StoreError("DATA_CORRUPTION", "a stored name of an object is damaged");
  }
  return { service: text(service), scope: text(scope), key: text(key) };
}

/** How many characters of `text` the instance at its beginning takes. */
export function instanceLength(text: string): number {
  let at = 0;
  for (let i = 0; i < 3; i++) {
    const end = text.indexOf(END, at);
    if (end < 0) throw new StoreError("DATA_CORRUPTION", "a stored name of an object is damaged");
    at = end + END.length;
  }
  return at;
}

function component(value: string): string {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0 || code > 0x7f) return escaped(binaryString(encoder.encode(value)));
  }
  return value + END;
}

function escaped(bytes: string): string {
  return bytes.replaceAll("\u0000", ESCAPED_ZERO) + END;
}

function text(stored: string): string {
  const bytes = stored.replaceAll(ESCAPED_ZERO, "\u0000");
  return decoder.decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
}

/** The row key of a tag and the characters that follow it. */
export function taggedKey(tag: number, rest: string): Uint8Array {
  const key = new Uint8Array(1 + rest.length);
  key[0] = tag;
  for (let i = 0; i < rest.length; i++) key[1 + i] = rest.charCodeAt(i);
  return key;
}

/** The rows of a tag whose keys go on with `prefix`. */
export function taggedRange(tag: number, prefix: string): KeyRange {
  const gte = taggedKey(tag, prefix);
  const lt = gte.slice();
  let last = lt.length - 1;
  while (last > 0 && lt[last] === 0xff) last--;
  lt[last] = (lt[last] ?? 0) + 1;
  return { gte, lt: lt.subarray(0, last + 1) };
}

/** A number as so many characters, a byte each, the highest first. */
export function numberKey(value: number, bytes: 4 | 8): string {
  let text = "";
  let rest = value;
  for (let i = 0; i < bytes; i++) {
    text = String.fromCharCode(rest % 256) + text;
    rest = Math.floor(rest / 256);
  }
  return text;
}

/** The reverse of {@link numberKey}. */
export function numberOfKey(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = value * 256 + text.charCodeAt(i);
  return value;
}
