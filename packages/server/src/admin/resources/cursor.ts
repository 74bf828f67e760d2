/** Where a page of the admin API has ended, as one opaque word. */
import { Buffer } from "node:buffer";
import { ApiError } from "../api-error.ts";

const PREFIX = "c_";

/** A word that stands for `parts`. */
export function formatCursor(parts: readonly (string | number)[]): string {
  return PREFIX + Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The parts of a cursor of `types`; throws if it is none. */
export function parseCursor(
  text: string,
  types: readonly ("string" | "number")[],
): readonly (string | number)[] {
  const parts = isCursor(text) ? parseParts(text.slice(PREFIX.length)) : undefined;
  const fits = Array.isArray(parts) && parts.length === types.length;
  if (fits && parts.every((part, i) => typeof part === types[i])) return parts;
  throw new ApiError(400, `after ${JSON.stringify(text)}: it must be the next of an earlier page`);
}

export function isCursor(text: string): boolean {
  return text.startsWith(PREFIX);
}

function parseParts(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, "base64url").toString());
  } catch {
    return undefined;
  }
}
