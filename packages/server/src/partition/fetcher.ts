/** Reads what records lack: rows, joined payloads, and the index of a journal's notifications. */
import {
  FRAME_HEADER_BYTES,
  type JournalEntry,
  journalRange,
  type Need,
  NotificationIndex,
  type PartitionStore,
  PayloadKind,
  payloadRange,
  type Reads,
  type RowKind,
  segmentFirstIndex,
  visitSegment,
} from "@rejoin/engine";
import { decodeBody, type InvocationKey, isNotificationKind, messageKind } from "@rejoin/protocol";
import type { RowCache } from "./row-cache.ts";

const PAGE_ROWS = 64;
/** The index needs no failure metadata: any version reads the rest alike. */
const INDEX_VERSION = 7;

type RowNeed = Extract<Need, { kind: "row" }>;

/** Reads all `needs` and admits them to the cache. */
export async function fetchNeeds(
  store: PartitionStore,
  cache: RowCache,
  needs: readonly Need[],
): Promise<void> {
  const fetch = cache.beginFetch();
  try {
    const rows = needs.filter((need): need is RowNeed => need.kind === "row");
    const single = rows.filter((need) => need.row.joined === undefined);
    const values = await store.getMany(single.map((need) => need.row.rowKey(need.key)));
    single.forEach((need, i) => {
      const bytes = values[i];
      const value = bytes === undefined ? null : need.row.decode(bytes, need.key);
      cache.admit(fetch, need.row, need.key, value);
    });
    for (const need of rows) await fetchJoined(store, cache, fetch, need);
    for (const need of needs) {
      if (need.kind === "journalIndex") {
        cache.derived(need.key).index = await readIndex(store, need.key);
      }
    }
  } finally {
    cache.endFetch(fetch);
  }
}

async function fetchJoined(
  store: PartitionStore,
  cache: RowCache,
  fetch: ReturnType<RowCache["beginFetch"]>,
  need: RowNeed,
): Promise<void> {
  const range = need.row.joined?.(need.key);
  if (range === undefined) return;
  const bytes = await readJoined(store, range);
  cache.admit(fetch, need.row as RowKind<unknown>, need.key, bytes ?? null);
}

/** The values of a range, one after the other; `undefined` if it is empty. */
export async function readJoined(
  store: Reads,
  range: { gte: Uint8Array; lt: Uint8Array },
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let gte = range.gte;
  for (;;) {
    const rows = await store.scan({ gte, lt: range.lt }, { limit: PAGE_ROWS });
    for (const row of rows) parts.push(row.value);
    const last = rows.at(-1);
    if (rows.length < PAGE_ROWS || last === undefined) break;
    gte = after(last.key);
  }
  return parts.length === 0 ? undefined : concat(parts);
}

/** The smallest key greater than `key`. */
export function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const result = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

/** Folds the notifications of a whole journal. */
async function readIndex(store: PartitionStore, key: InvocationKey): Promise<NotificationIndex> {
  const index = new NotificationIndex();
  const { lt } = journalRange(key);
  let { gte } = journalRange(key);
  for (;;) {
    const rows = await store.scan({ gte, lt }, { limit: PAGE_ROWS });
    const large: JournalEntry[] = [];
    for (const row of rows) {
      visitSegment(row, (entry) => {
        if (!isNotificationKind(messageKind(entry.code))) return;
        if (entry.storedLength !== undefined) large.push(entry);
        else recordEntry(index, entry, entry.frame.subarray(FRAME_HEADER_BYTES));
      });
    }
    for (const entry of large) {
      const body = await readJoined(store, payloadRange(key, PayloadKind.entry, entry.index));
      if (body !== undefined) recordEntry(index, entry, body);
    }
    const last = rows.at(-1);
    if (rows.length < PAGE_ROWS || last === undefined) return index;
    gte = journalRange(key, segmentFirstIndex(last.key) + 1).gte;
  }
}

function recordEntry(index: NotificationIndex, entry: JournalEntry, body: Uint8Array): void {
  const message = decodeBody(entry.code, 0, body, INDEX_VERSION);
  if ("result" in message && ("completionId" in message || message.kind === "signal")) {
    if (message.kind !== "proposeRunCompletion") index.record(message);
  }
}
