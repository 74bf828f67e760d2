/**
 * A journal with its payloads, a page at a time, and what an attempt begins with besides it: all that
 * somebody needs to run the handler again elsewhere.
 */
import {
  FRAME_HEADER_BYTES,
  type Invocation,
  invocationRows,
  type JournalEntry,
  type Payload,
  type Reads,
} from "@rejoin/engine";
import {
  encodeBody,
  type InvocationKey,
  messageCode,
  type ProtocolVersion,
} from "@rejoin/protocol";
import { type EagerState, LAZY_STATE, readEagerState } from "../journal/eager-state.ts";
import { readFrame, readInput, readOutput } from "../journal/journal-reader.ts";
import type { PartitionReads } from "./partition-reads.ts";
import { segmentEntries } from "./read-journal.ts";

export interface RecordingRange {
  /** The first index. */
  readonly from: number;
  /** At most so many entries. */
  readonly limit: number;
  /** A page ends before the entry that would exceed it; one entry always fits. */
  readonly bytesMax: number;
  /** Read the state of the object too, up to so many bytes. */
  readonly stateBytesMax: number | undefined;
}

export interface RecordedEntry {
  readonly index: number;
  /** The wire code of its type. */
  readonly code: number;
  readonly appendedAt: number;
  /** As it is sent to an endpoint, without its frame. */
  readonly body: Uint8Array;
}

export interface RecordingPage {
  readonly invocation: Invocation;
  readonly entries: readonly RecordedEntry[];
  /** The index to go on from; `undefined` if there is nothing more. */
  readonly next: number | undefined;
  /** As it is now: what it was when earlier attempts began is not kept. */
  readonly state: EagerState | undefined;
}

const NEWEST_VERSION = 7;

/** All of one committed state; `undefined` if there is no such invocation, or not any more. */
export async function readRecording(
  partitions: PartitionReads,
  key: InvocationKey,
  range: RecordingRange,
): Promise<RecordingPage | undefined> {
  const snapshot = await partitions.snapshot(key);
  try {
    const [bytes] = await snapshot.getMany([invocationRows.rowKey(key)]);
    if (bytes === undefined) return undefined;
    const invocation = invocationRows.decode(bytes, key);
    const { stateBytesMax } = range;
    const page = await readPage(snapshot, invocation, range);
    if (stateBytesMax === undefined) return { invocation, ...page, state: undefined };
    return { invocation, ...page, state: await readState(snapshot, invocation, stateBytesMax) };
  } finally {
    await snapshot.close();
  }
}

async function readPage(
  reads: Reads,
  invocation: Invocation,
  { from, limit, bytesMax }: RecordingRange,
): Promise<Pick<RecordingPage, "entries" | "next">> {
  const end = Math.min(from + limit, invocation.journalLength);
  const entries: RecordedEntry[] = [];
  let bytes = 0;
  for await (const found of locate(reads, invocation, from, end)) {
    bytes += found.length;
    if (bytes > bytesMax && entries.length > 0) return { entries, next: found.index };
    const { index, code, appendedAt } = found;
    entries.push({ index, code, appendedAt, body: await found.read() });
  }
  return { entries, next: end < invocation.journalLength ? end : undefined };
}

interface Located {
  readonly index: number;
  readonly code: number;
  readonly appendedAt: number;
  /** Known before the body is read. */
  readonly length: number;
  read(): Promise<Uint8Array>;
}

/** The entries from `from` up to `end`, not yet read where they are large. */
async function* locate(
  reads: Reads,
  invocation: Invocation,
  from: number,
  end: number,
): AsyncGenerator<Located> {
  const { journalLength, outputInHeader, key } = invocation;
  if (from === 0 && end > 0) yield locateInput(reads, invocation);
  const last = journalLength - 1;
  const segmentsEnd = outputInHeader ? Math.min(end, last) : end;
  if (Math.max(from, 1) < segmentsEnd) {
    for await (const entry of segmentEntries(reads, invocation, from)) {
      if (entry.index >= segmentsEnd) break;
      if (entry.index >= from) yield locateEntry(reads, key, entry);
    }
  }
  if (outputInHeader && from <= last && last < end) yield locateOutput(reads, invocation);
}

function locateEntry(reads: Reads, key: InvocationKey, entry: JournalEntry): Located {
  const { index, code, appendedAt, frame, storedLength } = entry;
  return {
    index,
    code,
    appendedAt,
    length: storedLength ?? frame.length - FRAME_HEADER_BYTES,
    read: async () => (await readFrame(reads, key, entry)).subarray(FRAME_HEADER_BYTES),
  };
}

function locateInput(reads: Reads, invocation: Invocation): Located {
  const version = (invocation.pin?.protocolVersion ?? NEWEST_VERSION) as ProtocolVersion;
  return {
    index: 0,
    code: messageCode("input"),
    appendedAt: invocation.createdAt,
    length: lengthOf(invocation.input),
    read: async () => encodeBody(await readInput(reads, invocation), version),
  };
}

function locateOutput(reads: Reads, invocation: Invocation): Located {
  const { output, journalLength, completedAt } = invocation;
  return {
    index: journalLength - 1,
    code: messageCode("output"),
    appendedAt: completedAt,
    length: output?.kind === "success" ? lengthOf(output.value) : 0,
    read: async () => (await readOutput(reads, invocation)).subarray(FRAME_HEADER_BYTES),
  };
}

/** As an attempt that began now would be given it, whatever its handler's options say. */
async function readState(
  reads: Reads,
  { target }: Invocation,
  bytesMax: number,
): Promise<EagerState> {
  if (target.handlerKind === "service") return LAZY_STATE;
  // The reads are a snapshot already.
  const snapshot = async () => ({
    getMany: reads.getMany.bind(reads),
    scan: reads.scan.bind(reads),
    close: async () => undefined,
  });
  const state = { getMany: reads.getMany.bind(reads), scan: reads.scan.bind(reads), snapshot };
  return readEagerState(state, target, bytesMax);
}

function lengthOf(payload: Payload): number {
  return payload.kind === "inline" ? payload.bytes.length : payload.length;
}
