/** Messages as the bytes of a stream. */
import { encodeFrame, type ProtocolVersion } from "@rejoin/protocol";
import type { OutboundItem } from "./transport.ts";

/** All items in one buffer: one write. */
export function encodeItems(items: readonly OutboundItem[], version: ProtocolVersion): Uint8Array {
  const frames = items.map((item) =>
    item.message === undefined ? item.frame : (item.frame ?? encodeFrame(item.message, version)),
  );
  const [only] = frames;
  if (frames.length === 1 && only !== undefined) return only;
  return Buffer.concat(frames);
}
