/** How long the names may be that become parts of keys in a store. */
import { encodeUtf8 } from "./text-codec.ts";

/** Of the key of an object or workflow, of a state entry and of a durable promise, in UTF-8. */
export const NAME_BYTES_MAX = 1024;
const BYTES_PER_CHARACTER_MAX = 3;

export function isTooLong(name: string): boolean {
  if (name.length * BYTES_PER_CHARACTER_MAX <= NAME_BYTES_MAX) return false;
  return encodeUtf8(name).length > NAME_BYTES_MAX;
}
