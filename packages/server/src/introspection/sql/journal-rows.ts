/** The journal of an invocation as rows of `sys_journal`. */
import { type Invocation, invocationRows } from "@rejoin/engine";
import {
  decodeBody,
  formatInvocationId,
  type InvocationKey,
  type Message,
  type ProtocolVersion,
  partitionKeyOf,
} from "@rejoin/protocol";
import { type CallContext, toEntryJson } from "../entry/entry-json.ts";
import { entryType } from "../entry/entry-names.ts";
import type { RegistryFacts } from "../mirror/messages.ts";
import { PartitionReads } from "../partition-reads.ts";
import { readJournal } from "../read-journal.ts";
import { readRecording } from "../read-recording.ts";
import type { RemoteReads } from "./remote-reads.ts";
import type { SqlRow } from "./temp-table.ts";

interface Entry {
  readonly index: number;
  readonly code: number;
  readonly appendedAt: number;
  readonly length: number;
  readonly body: Uint8Array | undefined;
  readonly message: Message | undefined;
}

export interface JournalSource {
  readonly registry: RegistryFacts;
  readonly wants: (column: string) => boolean;
}

const PAGE_ENTRIES = 1000;
const PAGE_BYTES = 8 * 1024 * 1024;
const NEWEST_VERSION = 7;
/** Payloads are read only for these. */
const WITH_PAYLOADS = ["raw", "entry_json"];
/** What the tables say of the form of a journal. */
const JOURNAL_VERSION = 2;

export async function* journalRows(
  { registry, wants }: JournalSource,
  reads: RemoteReads,
  key: InvocationKey,
): AsyncGenerator<SqlRow> {
  const withPayloads = WITH_PAYLOADS.some(wants);
  const entries: Entry[] = [];
  const pages = withPayloads ? wholePages(reads, key) : lightPages(reads, key);
  for await (const page of pages) entries.push(...page);
  const context = contextOf(registry, entries);
  const { high, low } = partitionKeyOf(key);
  const base = { partition_key: (BigInt(high) << 32n) | BigInt(low), id: formatInvocationId(key) };
  for (const { index, code, appendedAt, length, body, message } of entries) {
    const json = message === undefined ? undefined : toEntryJson(message, context);
    const name = message !== undefined && "name" in message ? message.name : "";
    yield {
      ...base,
      index,
      entry_type: entryType(code),
      name,
      raw: wants("raw") ? body : null,
      raw_length: length,
      version: JOURNAL_VERSION,
      entry_json: wants("entry_json") ? JSON.stringify(json?.full) : null,
      entry_lite_json: wants("entry_lite_json") ? JSON.stringify(json?.lite) : null,
      appended_at: appendedAt,
    };
  }
}

async function* lightPages(reads: RemoteReads, key: InvocationKey): AsyncGenerator<Entry[]> {
  const [bytes] = await reads.getMany([invocationRows.rowKey(key)]);
  if (bytes === undefined) return;
  const invocation = invocationRows.decode(bytes, key);
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page = await readJournal(reads, invocation, { from, limit: PAGE_ENTRIES });
    yield page.items.map((item) => ({ ...item, body: undefined }));
    from = page.next;
  }
}

async function* wholePages(reads: RemoteReads, key: InvocationKey): AsyncGenerator<Entry[]> {
  const partitions = new PartitionReads({ all: () => [reads], partitionOf: () => 0 });
  const range = { limit: PAGE_ENTRIES, bytesMax: PAGE_BYTES, stateBytesMax: undefined };
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page = await readRecording(partitions, key, { from, ...range });
    if (page === undefined) return;
    const version = versionOf(page.invocation);
    yield page.entries.map(({ index, code, appendedAt, body }) => ({
      index,
      code,
      appendedAt,
      length: body.length,
      body,
      message: decodeBody(code, 0, body, version),
    }));
    from = page.next;
  }
}

/** Which invocations the calls have made, and what is known of what they call. */
function contextOf({ services }: RegistryFacts, entries: readonly Entry[]): CallContext {
  const ids = new Map<number, string>();
  for (const { message } of entries) {
    if (message?.kind !== "callInvocationIdCompletion") continue;
    if (message.result.kind !== "invocationId") continue;
    ids.set(message.completionId, message.result.invocationId);
  }
  const byName = new Map(services.map((service) => [service.name, service]));
  return {
    invocationIdOf: (completionId) => ids.get(completionId),
    typeOf: (service) => byName.get(service)?.type ?? "service",
    isShared: (service, handler) => byName.get(service)?.sharedHandlers.includes(handler) ?? false,
  };
}

function versionOf({ pin }: Invocation): ProtocolVersion {
  return (pin?.protocolVersion ?? NEWEST_VERSION) as ProtocolVersion;
}
