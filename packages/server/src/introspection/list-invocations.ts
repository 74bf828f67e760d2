/**
 * Lists of invocations, read from the committed rows: a bounded number of rows per question, and a
 * cursor to go on.
 *
 * The newest come first, as their ids have it. Ids that follow from an idempotency key or a workflow
 * key carry no time: they come before the others, in no particular order.
 */
import {
  type Invocation,
  invocationOfRowKey,
  invocationRowKey,
  invocationRows,
  type Reads,
  type Row,
  Tag,
  tagRange,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { PartitionReads } from "./partition-reads.ts";

export interface InvocationQuery {
  readonly matches: (invocation: Invocation) => boolean;
  /** At most so many. */
  readonly limit: number;
  /** Goes on after this one. */
  readonly after: InvocationKey | undefined;
}

export interface InvocationPage {
  readonly invocations: readonly Invocation[];
  /** Where to go on; `undefined` if there is nothing more. */
  readonly next: InvocationKey | undefined;
}

export interface ListLimits {
  /** Rows that one question looks at. */
  readonly introspectionRowsMax: number;
}

const PAGE_ROWS = 256;

export async function listInvocations(
  partitions: PartitionReads,
  query: InvocationQuery,
  limits: ListLimits,
): Promise<InvocationPage> {
  const invocations: Invocation[] = [];
  const reads = partitions.all();
  let last = query.after;
  for (let looked = 0; looked < limits.introspectionRowsMax; ) {
    const rows = await readBefore(reads, last);
    if (rows.length === 0) return { invocations, next: undefined };
    looked += rows.length;
    for (const row of rows) {
      if (invocations.length >= query.limit) return { invocations, next: last };
      last = invocationOfRowKey(row.key);
      const invocation = invocationRows.decode(row.value, last);
      if (query.matches(invocation)) invocations.push(invocation);
    }
  }
  return { invocations, next: last };
}

/** Some of the header rows before `key`, the last first: of all partitions, without a gap. */
async function readBefore(
  partitions: readonly Reads[],
  key: InvocationKey | undefined,
): Promise<readonly Row[]> {
  const { gte, lt } = tagRange(Tag.invocation);
  const range = { gte, lt: key === undefined ? lt : invocationRowKey(key) };
  const limit = Math.max(16, Math.ceil(PAGE_ROWS / partitions.length));
  const pages = await Promise.all(
    partitions.map((reads) => reads.scan(range, { limit, reverse: true })),
  );
  const [only] = pages;
  if (pages.length === 1 && only !== undefined) return only;
  // A partition may hold more below the end of a full page, but nothing more above it.
  const ends = pages.flatMap((page) => (page.length === limit ? (page.at(-1)?.key ?? []) : []));
  const end = ends.sort(Buffer.compare).at(-1);
  return pages
    .flat()
    .filter((row) => end === undefined || Buffer.compare(row.key, end) >= 0)
    .sort((a, b) => Buffer.compare(b.key, a.key));
}
