import type { Commit, Write } from "@rejoin/engine";

/** Text as bytes. */
export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** Bytes as text. */
export function text(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString();
}

/** `length` bytes that depend on `seed` only. */
export function patternBytes(seed: number, length: number): Uint8Array {
  const made = new Uint8Array(length);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    made[at] = state >>> 24;
  }
  return made;
}

/** Rows from an object; `undefined` deletes. */
export function writes(rows: Record<string, string | undefined>): Write[] {
  return Object.entries(rows).map(([key, value]) => ({
    key: bytes(key),
    value: value === undefined ? undefined : bytes(value),
  }));
}

/** A commit with what is not given left empty. */
export function commitOf(number: number, parts: Partial<Omit<Commit, "number">> = {}): Commit {
  return { number, timeMs: 1_000 + number, writes: [], messages: [], consumed: [], ...parts };
}

/** All keys. */
export const everything = { gte: new Uint8Array(0), lt: new Uint8Array(40).fill(0xff) };
