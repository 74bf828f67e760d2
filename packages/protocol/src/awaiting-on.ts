/** What can be said of an AwaitingOn without decoding the tree that it carries. */
import { Reader } from "./wire-reader.ts";

const EXECUTING_SIDE_EFFECTS_TAG = 0x10;

/**
 * Whether code of the endpoint is running. The tree is stepped over, not checked: it is decoded, if
 * at all, by `decodeBody`. Throws a `ProtocolError` for a malformed body.
 */
export function peekExecutingSideEffects(body: Uint8Array): boolean {
  const reader = new Reader(body, "awaitingOn");
  let executing = false;
  while (reader.more) {
    const tag = reader.tag();
    if (tag === EXECUTING_SIDE_EFFECTS_TAG) executing = reader.bool();
    else reader.skip();
  }
  return executing;
}
