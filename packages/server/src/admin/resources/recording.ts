/** Journals with their payloads, as the admin API shows them. */
import {
  decodeBody,
  formatInvocationId,
  type ProtocolVersion,
  randomSeedOf,
} from "@rejoin/protocol";
import type { RecordedEntry, RecordedState, RecordingPage } from "../ports.ts";
import type {
  JournalPageResource,
  RecordedEntryResource,
  RecordedStartResource,
} from "../schemas/recording.ts";
import { formatInstant } from "../text-formats.ts";
import { defined } from "./defined.ts";
import { toJournalEntry } from "./journal-entry.ts";

/** The protocol version of entries that no deployment has added to yet. */
const NEWEST_VERSION = 7;

export function toJournalPage(page: RecordingPage, nowMs: number): JournalPageResource {
  const { invocation, entries, next, state } = page;
  const version = protocolVersionOf(page);
  return {
    id: formatInvocationId(invocation.key),
    journal_size: invocation.journalLength,
    entries: entries.map((entry) => toRecordedEntry(entry, version)),
    ...defined({
      next,
      start: state === undefined ? undefined : toStart(page, state, nowMs),
    }),
  };
}

export function protocolVersionOf({ invocation }: RecordingPage): ProtocolVersion {
  return (invocation.pin?.protocolVersion ?? NEWEST_VERSION) as ProtocolVersion;
}

function toRecordedEntry(entry: RecordedEntry, version: ProtocolVersion): RecordedEntryResource {
  const { index, code, appendedAt, body } = entry;
  const message = decodeBody(code, 0, body, version);
  const item = { index, code, appendedAt, length: body.length, message };
  const { entry_type, appended_at, length, name } = toJournalEntry(item);
  return {
    index,
    entry_type,
    type: code,
    ...defined({ name }),
    appended_at,
    length,
    body: toBase64(body),
  };
}

function toStart(page: RecordingPage, state: RecordedState, nowMs: number): RecordedStartResource {
  const { key, target, seedOf, limitKey, idempotencyKey } = page.invocation;
  const { high, low } = randomSeedOf(seedOf ?? key);
  return {
    protocol_version: protocolVersionOf(page),
    key: target.key,
    random_seed: toHex(high) + toHex(low),
    ...defined({
      scope: target.scope || undefined,
      limit_key: limitKey || undefined,
      idempotency_key: idempotencyKey,
    }),
    state: {
      read_at: formatInstant(nowMs),
      partial: state.isPartial,
      entries: state.entries.map(({ key: name, value }) => ({
        key: toBase64(name),
        value: toBase64(value),
      })),
    },
  };
}

function toHex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}
