/**
 * Journal segments: what one batch appended to one invocation.
 *
 * | offset | size | field |
 * |-------:|-----:|-------|
 * | 0 | 1 | format |
 * | 1 | 8 | appended at, ms since the Unix epoch |
 * | 9 | 4 | number of entries |
 * | 13 | … | the entries as frames of the wire protocol, flags 0 |
 *
 * So a replay over a stream writes segments out as they are. An entry whose frame is larger than
 * {@link SEGMENT_BYTES_MAX} stands as a frame of type {@link STORED_ENTRY_CODE} whose body names
 * its own type (2) and length (4); its body lies in payload rows.
 */
import type { Row } from "../ports/store.ts";
import { StoreError } from "../ports/store.ts";
import { segmentFirstIndex } from "./keys.ts";

export const SEGMENT_BYTES_MAX = 64 * 1024;
export const SEGMENT_HEADER_BYTES = 13;
/** Beyond the codes of the wire protocol. */
export const STORED_ENTRY_CODE = 0xff01;
export const FRAME_HEADER_BYTES = 8;
const FORMAT = 1;

/** One stored entry: its place in the journal, its wire code and where its body is. */
export interface JournalEntry {
  readonly index: number;
  readonly code: number;
  /** The whole frame, header included; for a stored entry the frame that refers to it. */
  readonly frame: Uint8Array;
  readonly appendedAt: number;
  /** The length of a body that lies in payload rows. */
  readonly storedLength: number | undefined;
}

/** Puts frames that together fit a segment into one row value. */
export function encodeSegment(frames: readonly Uint8Array[], timeMs: number): Uint8Array {
  let length = SEGMENT_HEADER_BYTES;
  for (const frame of frames) length += frame.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = FORMAT;
  view.setUint32(1, Math.floor(timeMs / 0x1_0000_0000));
  view.setUint32(5, timeMs >>> 0);
  view.setUint32(9, frames.length);
  let offset = SEGMENT_HEADER_BYTES;
  for (const frame of frames) {
    bytes.set(frame, offset);
    offset += frame.length;
  }
  return bytes;
}

/** The frame that stands for an entry whose body lies in payload rows. */
export function encodeStoredEntry(code: number, bodyLength: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + 6);
  const view = new DataView(frame.buffer);
  view.setUint16(0, STORED_ENTRY_CODE);
  view.setUint32(4, 6);
  view.setUint16(8, code);
  view.setUint32(10, bodyLength);
  return frame;
}

/** Calls `visit` with each entry of a segment row, in order. */
export function visitSegment(row: Row, visit: (entry: JournalEntry) => void): void {
  const { value } = row;
  const first = segmentFirstIndex(row.key);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (value.length < SEGMENT_HEADER_BYTES || value[0] !== FORMAT) throw damaged(first);
  const appendedAt = view.getUint32(1) * 0x1_0000_0000 + view.getUint32(5);
  const count = view.getUint32(9);
  let offset = SEGMENT_HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    if (offset + FRAME_HEADER_BYTES > value.length) throw damaged(first);
    const code = view.getUint16(offset);
    const end = offset + FRAME_HEADER_BYTES + view.getUint32(offset + 4);
    if (end > value.length) throw damaged(first);
    const stored = code === STORED_ENTRY_CODE;
    if (stored && end - offset !== FRAME_HEADER_BYTES + 6) throw damaged(first);
    visit({
      index: first + i,
      code: stored ? view.getUint16(offset + FRAME_HEADER_BYTES) : code,
      frame: value.subarray(offset, end),
      appendedAt,
      storedLength: stored ? view.getUint32(offset + FRAME_HEADER_BYTES + 2) : undefined,
    });
    offset = end;
  }
}

function damaged(first: number): StoreError {
  return new StoreError("DATA_CORRUPTION", `the journal segment at entry ${first} is damaged`);
}
