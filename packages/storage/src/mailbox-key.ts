/**
 * The place of a message in its mailbox, ordered as unsigned bytes by source, commit and index.
 *
 * | offset | bytes | field |
 * |--:|--:|---|
 * | 0 | 2 | source partition, big-endian |
 * | 2 | 8 | number of the sending commit, big-endian |
 * | 10 | 4 | index in that commit, big-endian |
 */
import type { StoredMessage } from "@rejoin/engine";

type MessagePlace = Pick<StoredMessage, "source" | "sequence">;

/** The length of every key. */
export const mailboxKeyBytes = 14;

const twoTo32 = 2 ** 32;

/** Writes the key of a message at `offset` of `view`. */
export function encodeMailboxKey(view: DataView, offset: number, place: MessagePlace): void {
  const { commit, index } = place.sequence;
  view.setUint16(offset, place.source);
  view.setUint32(offset + 2, Math.floor(commit / twoTo32));
  view.setUint32(offset + 6, commit % twoTo32);
  view.setUint32(offset + 10, index);
}

/** Reads the key of a message at `offset` of `view`. */
export function decodeMailboxKey(view: DataView, offset: number): MessagePlace {
  const source = view.getUint16(offset);
  const commit = view.getUint32(offset + 2) * twoTo32 + view.getUint32(offset + 6);
  return { source, sequence: { commit, index: view.getUint32(offset + 10) } };
}
