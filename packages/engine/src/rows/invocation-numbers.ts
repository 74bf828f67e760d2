/** The counts and times of a stored invocation header. */
import type { Invocation } from "../model/invocation.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";

/** How a time begins: 0 is none. */
const ABSOLUTE = 1;
const SINCE = 2;
const SINCE_MAX = 2 ** 48;

export function writeNumbers(writer: ByteWriter, inv: Invocation): void {
  writer.varint(inv.journalLength);
  writer.varint(inv.commandCount);
  writer.varint(inv.notificationCount);
  writer.varint(inv.starts);
  writer.varint(inv.retryCount);
  writer.varint(inv.childrenStarted);
  writer.varint(inv.childrenSucceeded);
  writer.varint(inv.childrenFailed);
  writer.varint(inv.retriesSinceEntry);
  writer.varint(inv.bornIn);
  writer.varint(inv.completionRetentionMs);
  writer.varint(inv.journalRetentionMs);
  writer.varint(inv.createdAt);
  writeTime(writer, inv.modifiedAt, inv.createdAt);
  writeTime(writer, inv.scheduledFor, inv.createdAt);
  writeTime(writer, inv.completedAt, inv.createdAt);
  writeTime(writer, inv.nextRetryAt, inv.createdAt);
  writeTime(writer, inv.lastEntryAt, inv.createdAt);
}

function writeTime(writer: ByteWriter, time: number, createdAt: number): void {
  const since = time - createdAt;
  if (time === 0) writer.u8(0);
  else if (since >= 0 && since < SINCE_MAX) writer.varint(SINCE + since);
  else {
    writer.u8(ABSOLUTE);
    writer.varint(time);
  }
}

export function readNumbers(reader: ByteReader) {
  const journalLength = reader.varint();
  const commandCount = reader.varint();
  const notificationCount = reader.varint();
  const starts = reader.varint();
  const retryCount = reader.varint();
  const childrenStarted = reader.varint();
  const childrenSucceeded = reader.varint();
  const childrenFailed = reader.varint();
  const retriesSinceEntry = reader.varint();
  const bornIn = reader.varint();
  const completionRetentionMs = reader.varint();
  const journalRetentionMs = reader.varint();
  const createdAt = reader.varint();
  // In one literal: one that begins with a spread costs ten times what all else of a header costs.
  return {
    journalLength,
    commandCount,
    notificationCount,
    starts,
    retryCount,
    childrenStarted,
    childrenSucceeded,
    childrenFailed,
    retriesSinceEntry,
    bornIn,
    completionRetentionMs,
    journalRetentionMs,
    createdAt,
    modifiedAt: readTime(reader, createdAt),
    scheduledFor: readTime(reader, createdAt),
    completedAt: readTime(reader, createdAt),
    nextRetryAt: readTime(reader, createdAt),
    lastEntryAt: readTime(reader, createdAt),
  };
}

function readTime(reader: ByteReader, createdAt: number): number {
  const first = reader.varint();
  if (first === 0) return 0;
  return first === ABSOLUTE ? reader.varint() : createdAt + first - SINCE;
}
