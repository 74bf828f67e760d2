/** Errors for values that a serde cannot write: whose they are, where, and what to do. */

import type { Serde } from "@rejoin/protocol";
import { RestateError, toError } from "../errors.ts";
import { serializeOwn } from "./own-bytes.ts";

/** Serializes `value`; what the serde throws comes with what the value was, and in which handler. */
export function serializeNamed<T>(
  serde: Serde<T>,
  value: T,
  what: string,
  handler: { readonly service: string; readonly name: string },
): Uint8Array {
  try {
    return serializeOwn(serde, value);
  } catch (thrown) {
    // An error with a code is the user's own: it says what is to happen.
    if (thrown instanceof RestateError) throw thrown;
    const { message } = toError(thrown);
    const text = `${what} in ${handler.service}/${handler.name} cannot be serialized: ${message}`;
    throw new TypeError(text, { cause: thrown });
  }
}
