/**
 * The entries of a journal that an invocation restarted in its middle begins with: all up to a
 * place, and the completions of their commands that lie behind it.
 */
import { FRAME_HEADER_BYTES, type Invocation, type Reads } from "@rejoin/engine";
import { decodeBody, isNotificationKind, type Message, messageKind } from "@rejoin/protocol";
import { type JournalItem, readEntries, readOutput } from "./journal-reader.ts";

/** Segments that are read at once. */
const SEGMENTS = 4;
const NEWEST_VERSION = 7;

/** A part of the journal is not there any more: it has been deleted meanwhile. */
export class JournalLostError extends Error {
  override readonly name = "JournalLostError";
}

/** The next entries, which must be there and in a row. */
async function readWhole(
  store: Reads,
  source: Invocation,
  from: number,
): Promise<readonly JournalItem[]> {
  const entries = await readEntries(store, source.key, from, SEGMENTS);
  const isWhole = entries.length > 0 && entries.every(({ index }, i) => index === from + i);
  if (!isWhole) throw new JournalLostError(`the journal has no entry ${from} any more`);
  return entries;
}

/** What the entries up to a place need from behind it. */
export class CopiedEntries {
  private readonly store: Reads;
  private readonly source: Invocation;
  private readonly upTo: number;
  /** Completions of the prefix's commands that lie behind it. */
  private readonly missing: ReadonlySet<number>;

  private constructor(
    store: Reads,
    source: Invocation,
    upTo: number,
    missing: ReadonlySet<number>,
  ) {
    this.store = store;
    this.source = source;
    this.upTo = upTo;
    this.missing = missing;
  }

  static async open(store: Reads, source: Invocation, upTo: number): Promise<CopiedEntries> {
    return new CopiedEntries(store, source, upTo, await openCommands(store, source, upTo));
  }

  /** The next frames, of about `bytesMax` together, and the entry to go on with. */
  async page(
    from: number,
    bytesMax: number,
  ): Promise<{ readonly frames: readonly Uint8Array[]; readonly next: number | undefined }> {
    const frames: Uint8Array[] = [];
    const { source } = this;
    if (from === outputIndex(source)) {
      if (from <= this.upTo) frames.push(await readOutput(this.store, source));
      return { frames, next: undefined };
    }
    let bytes = 0;
    const entries = await readWhole(this.store, source, from);
    for (const entry of entries) {
      if (bytes >= bytesMax) return { frames, next: entry.index };
      if (!this.isWanted(entry)) continue;
      frames.push(entry.item.frame);
      bytes += entry.item.frame.length;
    }
    const next = from + entries.length;
    const isDone = next > this.upTo && this.missing.size === 0;
    return { frames, next: isDone || next >= source.journalLength ? undefined : next };
  }

  private isWanted({ index, code, item }: JournalItem): boolean {
    if (index <= this.upTo) return true;
    if (!isNotificationKind(messageKind(code))) return false;
    const message = decode(code, item.frame);
    return "completionId" in message && this.missing.has(message.completionId);
  }
}

/** The completions of the commands up to a place that are not there yet by then. */
async function openCommands(
  store: Reads,
  source: Invocation,
  upTo: number,
): Promise<ReadonlySet<number>> {
  const open = new Set<number>();
  let next = 1;
  while (next <= upTo && next !== outputIndex(source)) {
    const entries = await readWhole(store, source, next);
    for (const { index, code, item } of entries) {
      if (index > upTo) break;
      const message = decode(code, item.frame);
      if (isNotificationKind(message.kind)) {
        if ("completionId" in message) open.delete(message.completionId);
      } else {
        for (const id of completionsOf(message)) open.add(id);
      }
    }
    next += entries.length;
  }
  return open;
}

/** The completions that commands up to entry `upTo` wait for and that the journal does not have. */
export async function lackingCompletions(
  store: Reads,
  source: Invocation,
  upTo: number,
): Promise<readonly number[]> {
  const open = new Set(await openCommands(store, source, upTo));
  let next = upTo + 1;
  while (open.size > 0 && next < source.journalLength && next !== outputIndex(source)) {
    const entries = await readWhole(store, source, next);
    for (const { code, item } of entries) {
      if (!isNotificationKind(messageKind(code))) continue;
      const message = decode(code, item.frame);
      if ("completionId" in message) open.delete(message.completionId);
    }
    next += entries.length;
  }
  return [...open];
}

function completionsOf(message: Message): readonly number[] {
  const ids: number[] = [];
  if ("resultCompletionId" in message) ids.push(message.resultCompletionId);
  if ("invocationIdCompletionId" in message) ids.push(message.invocationIdCompletionId);
  return ids;
}

function decode(code: number, frame: Uint8Array): Message {
  return decodeBody(code, 0, frame.subarray(FRAME_HEADER_BYTES), NEWEST_VERSION);
}

/** The entry that is kept in the header alone, if there is one. */
function outputIndex({ outputInHeader, journalLength }: Invocation): number | undefined {
  return outputInHeader ? journalLength - 1 : undefined;
}
