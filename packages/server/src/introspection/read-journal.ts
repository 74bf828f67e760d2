/** A page of an invocation's journal, decoded. */
import {
  FRAME_HEADER_BYTES,
  type Invocation,
  type JournalEntry,
  journalRange,
  type Payload,
  type Reads,
  StoreError,
  segmentFirstIndex,
  visitSegment,
} from "@rejoin/engine";
import {
  decodeBody,
  type Message,
  messageCode,
  ProtocolError,
  type ProtocolVersion,
} from "@rejoin/protocol";

export interface JournalRange {
  /** The first index. */
  readonly from: number;
  /** At most so many entries. */
  readonly limit: number;
}

export interface JournalItem {
  readonly index: number;
  /** The wire code of its type. */
  readonly code: number;
  readonly appendedAt: number;
  /** Bytes of the entry as it is sent, without its frame. */
  readonly length: number;
  /** `undefined` for an entry that is too large to be read for a look at it. */
  readonly message: Message | undefined;
}

export interface JournalPage {
  readonly items: readonly JournalItem[];
  /** The index to go on from; `undefined` if there is nothing more. */
  readonly next: number | undefined;
  /** Why it cannot be read from here on: its rows are damaged. */
  readonly damage?: string;
}

const SEGMENTS_PAGE = 32;

/** The Input, and an Output that ended the invocation, are kept in its header. */
export async function readJournal(
  reads: Reads,
  invocation: Invocation,
  { from, limit }: JournalRange,
): Promise<JournalPage> {
  const version = (invocation.pin?.protocolVersion ?? 7) as ProtocolVersion;
  const end = Math.min(from + limit, invocation.journalLength);
  const items: JournalItem[] = from === 0 && end > 0 ? [inputItem(invocation)] : [];
  try {
    for await (const entry of segmentEntries(reads, invocation, from)) {
      if (entry.index >= end) break;
      if (entry.index >= from) items.push(toItem(entry, version));
    }
  } catch (error) {
    // What can be read tells more than an error would.
    if (!isDamage(error)) throw error;
    return { items, next: undefined, damage: error.message };
  }
  const last = invocation.journalLength - 1;
  if (invocation.outputInHeader && from <= last && last < end) items.push(outputItem(invocation));
  return { items, next: end < invocation.journalLength ? end : undefined };
}

/** The entries of the segments, from the one that holds `from` on: some may come before it. */
export async function* segmentEntries(
  reads: Reads,
  invocation: Invocation,
  from: number,
): AsyncGenerator<JournalEntry> {
  if (!invocation.hasJournalRows) return;
  const { key } = invocation;
  const { gte: first, lt } = journalRange(key);
  const before = { gte: first, lt: journalRange(key, from + 1).gte };
  const [start] = await reads.scan(before, { limit: 1, reverse: true });
  let gte = start?.key ?? first;
  for (;;) {
    const rows = await reads.scan({ gte, lt }, { limit: SEGMENTS_PAGE });
    for (const row of rows) {
      const entries: JournalEntry[] = [];
      visitSegment(row, (entry) => entries.push(entry));
      yield* entries;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < SEGMENTS_PAGE) return;
    gte = journalRange(key, segmentFirstIndex(last.key) + 1).gte;
  }
}

function isDamage(error: unknown): error is StoreError | ProtocolError {
  if (error instanceof ProtocolError) return true;
  return error instanceof StoreError && error.code === "DATA_CORRUPTION";
}

function toItem(entry: JournalEntry, version: ProtocolVersion): JournalItem {
  const { index, code, appendedAt, frame, storedLength } = entry;
  if (storedLength !== undefined) {
    return { index, code, appendedAt, length: storedLength, message: undefined };
  }
  const body = frame.subarray(FRAME_HEADER_BYTES);
  const message = decodeBody(code, 0, body, version);
  return { index, code, appendedAt, length: body.length, message };
}

function inputItem({ createdAt, headers, input }: Invocation): JournalItem {
  const message: Message = { kind: "input", name: "", headers, value: bytesOf(input) };
  return itemOfHeader(0, createdAt, message, input);
}

function outputItem({ output, journalLength, completedAt }: Invocation): JournalItem {
  const at = journalLength - 1;
  if (output?.kind !== "success") {
    const failure = output?.failure ?? { code: 0, message: "" };
    const message: Message = { kind: "output", name: "", result: { kind: "failure", failure } };
    return itemOfHeader(at, completedAt, message, NOTHING);
  }
  const result = { kind: "value", value: bytesOf(output.value) } as const;
  return itemOfHeader(at, completedAt, { kind: "output", name: "", result }, output.value);
}

function itemOfHeader(
  index: number,
  appendedAt: number,
  message: Message,
  payload: Payload,
): JournalItem {
  const code = messageCode(message.kind);
  const length = payload.kind === "inline" ? payload.bytes.length : payload.length;
  const isHere = payload.kind === "inline";
  return { index, code, appendedAt, length, message: isHere ? message : undefined };
}

const NOTHING: Payload = { kind: "inline", bytes: new Uint8Array(0) };

function bytesOf(payload: Payload): Uint8Array {
  return payload.kind === "inline" ? payload.bytes : new Uint8Array(0);
}
