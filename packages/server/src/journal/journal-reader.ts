/** Reads a journal from the store, a page of segments at a time, as items for an endpoint. */
import {
  FRAME_HEADER_BYTES,
  type Invocation,
  type JournalEntry,
  journalRange,
  type KeyRange,
  type Payload,
  PayloadKind,
  payloadRange,
  type Reads,
  segmentFirstIndex,
  visitSegment,
} from "@rejoin/engine";
import {
  encodeFrame,
  type InputCommand,
  type InvocationKey,
  type Outcome,
  type ProtocolVersion,
} from "@rejoin/protocol";

const NEWEST_VERSION = 7;

export interface JournalItem {
  readonly index: number;
  readonly code: number;
  /** As an endpoint is sent it. */
  readonly item: {
    readonly message?: undefined;
    readonly code: number;
    readonly frame: Uint8Array;
  };
}

/** The Input entry: it is kept in the header. */
export async function readInput(reads: Reads, invocation: Invocation): Promise<InputCommand> {
  const value = await readPayload(reads, invocation.key, PayloadKind.input, invocation.input);
  return { kind: "input", name: "", headers: invocation.headers, value };
}

/** The frame of an Output entry that is kept in the header alone. */
export async function readOutput(reads: Reads, invocation: Invocation): Promise<Uint8Array> {
  const { key, output, pin } = invocation;
  if (output === undefined) throw new Error("an invocation without an output has no Output entry");
  const result: Outcome =
    output.kind === "failure"
      ? { kind: "failure", failure: output.failure }
      : { kind: "value", value: await readPayload(reads, key, PayloadKind.output, output.value) };
  const version = (pin?.protocolVersion ?? NEWEST_VERSION) as ProtocolVersion;
  return encodeFrame({ kind: "output", name: "", result }, version);
}

/** A payload's bytes, from the header or from its rows. */
export async function readPayload(
  reads: Reads,
  key: InvocationKey,
  kind: PayloadKind,
  payload: Payload,
): Promise<Uint8Array> {
  if (payload.kind === "inline") return payload.bytes;
  return readRows(reads, key, kind, 0, payload.length);
}

async function readRows(
  reads: Reads,
  key: InvocationKey,
  kind: PayloadKind,
  entry: number,
  length: number,
): Promise<Uint8Array> {
  const rows = await reads.scan(payloadRange(key, kind, entry), { limit: Number.MAX_SAFE_INTEGER });
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const row of rows) {
    bytes.set(row.value, offset);
    offset += row.value.length;
  }
  if (offset !== length) throw new Error(`a payload of ${length} bytes has ${offset} in its rows`);
  return bytes;
}

/** Segments that are read before it is known how many entries they have. */
const FIRST_ROWS = 4;
/** A page that has so many is large enough: to decode and to send them takes milliseconds. */
const ENTRIES_ENOUGH = 512;

/**
 * The entries from index `from` on, as many segments as a page holds, or fewer where segments are
 * large. `from` may lie in the middle of a segment. An empty page: there is nothing more.
 */
export async function readEntries(
  reads: Reads,
  key: InvocationKey,
  from: number,
  pageRows: number,
): Promise<readonly JournalItem[]> {
  const start = await segmentStart(reads, key, from);
  const entries: JournalEntry[] = [];
  const visit = (entry: JournalEntry) => {
    if (entry.index >= from) entries.push(entry);
  };
  const limit = Math.min(pageRows, FIRST_ROWS);
  const last = await visitRows(reads, journalRange(key, start), limit, visit);
  if (last !== undefined && limit < pageRows && entries.length < ENTRIES_ENOUGH) {
    const next = journalRange(key, segmentFirstIndex(last) + 1);
    await visitRows(reads, next, pageRows - limit, visit);
  }
  const items: JournalItem[] = [];
  for (const entry of entries) {
    const { index, code } = entry;
    const frame = await readFrame(reads, key, entry);
    items.push({ index, code, item: { code, frame } });
  }
  return items;
}

/** The key of the last of `limit` rows; `undefined` if there are no more. */
async function visitRows(
  reads: Reads,
  range: KeyRange,
  limit: number,
  visit: (entry: JournalEntry) => void,
): Promise<Uint8Array | undefined> {
  const rows = await reads.scan(range, { limit });
  for (const row of rows) visitSegment(row, visit);
  return rows.length < limit ? undefined : rows.at(-1)?.key;
}

/** The first entry of the segment that holds entry `from`. */
async function segmentStart(reads: Reads, key: InvocationKey, from: number): Promise<number> {
  // The Input is entry 0 and not in a segment: the first one starts right after it.
  if (from <= 1) return from;
  const range = { gte: journalRange(key).gte, lt: journalRange(key, from + 1).gte };
  const [row] = await reads.scan(range, { limit: 1, reverse: true });
  return row === undefined ? from : segmentFirstIndex(row.key);
}

/** The frame of an entry, wherever its body lies. */
export async function readFrame(
  reads: Reads,
  key: InvocationKey,
  entry: JournalEntry,
): Promise<Uint8Array> {
  const length = entry.storedLength;
  if (length === undefined) return entry.frame;
  const body = await readRows(reads, key, PayloadKind.entry, entry.index, length);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, entry.code);
  view.setUint32(4, length);
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}
