/** Reads what records lack: rows, joined payloads, and the index of a journal's notifications. */
import {
  FRAME_HEADER_BYTES,
  type JournalEntry,
  joinValues,
  journalRange,
  type KeyRange,
  type Need,
  NotificationIndex,
  type PartitionStore,
  PayloadKind,
  payloadRange,
  type Reads,
  type Row,
  type RowKind,
  StoreError,
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
    const single = rows.filter((need) => need.row.ranged === undefined);
    const values = await store.getMany(single.map((need) => need.row.rowKey(need.key)));
    single.forEach((need, i) => {
      const bytes = values[i];
      const value = bytes === undefined ? null : need.row.decode(bytes, need.key);
      cache.admit(fetch, need.row, need.key, value);
    });
    for (const need of rows) await fetchRanged(store, cache, fetch, need);
    for (const need of needs) {
      if (need.kind === "journalIndex") {
        cache.derived(need.key).index = await readIndexOrDamage(store, need.key);
      }
    }
  } finally {
    cache.endFetch(fetch);
  }
}

async function fetchRanged(
  store: PartitionStore,
  cache: RowCache,
  fetch: ReturnType<RowCache["beginFetch"]>,
  { row, key }: RowNeed,
): Promise<void> {
  const { ranged } = row;
  if (ranged === undefined) return;
  const rows = await readRange(store, ranged.range(key));
  cache.admit(fetch, row as RowKind<unknown>, key, rows.length === 0 ? null : ranged.fold(rows));
}

/** All rows of a range, read a page at a time. */
export async function readRange(store: Reads, range: KeyRange): Promise<Row[]> {
  const found: Row[] = [];
  let gte = range.gte;
  for (;;) {
    const rows = await store.scan({ gte, lt: range.lt }, { limit: PAGE_ROWS });
    for (const row of rows) found.push(row);
    const last = rows.at(-1);
    if (rows.length < PAGE_ROWS || last === undefined) return found;
    gte = after(last.key);
  }
}

/** The smallest key greater than `key`. */
export function after(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

/** One damaged journal is its invocation's misfortune, not that of the whole partition. */
async function readIndexOrDamage(
  store: PartitionStore,
  key: InvocationKey,
): Promise<NotificationIndex> {
  try {
    return await readIndex(store, key);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "DATA_CORRUPTION") throw error;
    return new NotificationIndex(true);
  }
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
      const parts = await readRange(store, payloadRange(key, PayloadKind.entry, entry.index));
      if (parts.length > 0) recordEntry(index, entry, joinValues(parts));
    }
    const last = rows.at(-1);
    if (rows.length < PAGE_ROWS || last === undefined) return index;
    gte = journalRange(key, segmentFirstIndex(last.key) + 1).gte;
  }
}

function recordEntry(index: NotificationIndex, entry: JournalEntry, body: Uint8Array): void {
  const message = decodeBody(entry.code, 0, body, INDEX_VERSION);
  if ("result" in message && ("completionId" in message || message.kind === "signal")) {
    if (message.kind !== "proposeRunCompletion") index.record(message, entry.index);
  }
}
