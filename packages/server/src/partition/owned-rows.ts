/** Finds the rows that hang on an invocation, a page at a time. */
import {
  type Invocation,
  instanceOf,
  journalRange,
  type KeyRange,
  type PartitionStore,
  PayloadKind,
  payloadRange,
  promiseRange,
  type RowsPage,
  stateRange,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

type Scans = Pick<PartitionStore, "scan">;

/**
 * The rows to delete with an invocation or its journal, at most `max` of them. The journal goes
 * first, then a workflow's promises and state, in as many pages as it takes. The result goes with
 * the header, in one: as long as the header is there, someone may ask for it.
 */
export async function rowsOf(
  store: Scans,
  invocation: Invocation,
  what: "journal" | "invocation",
  max: number,
): Promise<RowsPage> {
  const { key } = invocation;
  const rows: Uint8Array[] = [];
  for (const range of rangesOf(invocation, what)) {
    if (rows.length >= max) break;
    await collect(store, range, max - rows.length, rows);
  }
  if (rows.length >= max) return { rows, more: true };
  if (what === "invocation" && invocation.hasPayloadRows) {
    const { gte } = payloadRange(key);
    const range = { gte, lt: entriesRange(key).gte };
    await collect(store, range, Number.MAX_SAFE_INTEGER, rows);
  }
  return { rows, more: false };
}

function rangesOf(invocation: Invocation, what: "journal" | "invocation"): readonly KeyRange[] {
  const { key, target, hasJournalRows, hasPayloadRows } = invocation;
  const ranges: KeyRange[] = [];
  if (hasJournalRows) ranges.push(journalRange(key));
  if (hasPayloadRows) ranges.push(entriesRange(key));
  if (what === "invocation" && target.handlerKind === "workflow") {
    const instance = instanceOf(target);
    ranges.push(promiseRange(instance), stateRange(instance));
  }
  return ranges;
}

/** The first `max` rows of a range, to be deleted. */
export async function pageOf(store: Scans, range: KeyRange, max: number): Promise<RowsPage> {
  const rows: Uint8Array[] = [];
  await collect(store, range, max, rows);
  return { rows, more: rows.length >= max };
}

async function collect(
  store: Scans,
  range: KeyRange,
  limit: number,
  into: Uint8Array[],
): Promise<void> {
  const rows = await store.scan(range, { limit });
  for (const row of rows) into.push(row.key);
}

/** The payloads of journal entries; input and output come before them. */
function entriesRange(key: InvocationKey): KeyRange {
  return { gte: payloadRange(key, PayloadKind.entry).gte, lt: payloadRange(key).lt };
}
