/** Values that are stored in several rows. */
import type { Row } from "../ports/store.ts";

/** The values of `rows`, one after the other. */
export function joinValues(rows: readonly Row[]): Uint8Array {
  let length = 0;
  for (const { value } of rows) length += value.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const { value } of rows) {
    joined.set(value, offset);
    offset += value.length;
  }
  return joined;
}
