/** Finds the invocations that keep to a deployment, by the restart lists of the partitions. */
import {
  decodeAliveList,
  type Invocation,
  invocationRows,
  type KeyRange,
  type Reads,
  Tag,
  tagRange,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { PartitionReads } from "./partition-reads.ts";

export interface InFlightInvocations {
  readonly count: number;
  readonly first: readonly InvocationKey[];
  /** Whether all invocations have been looked at. */
  readonly isComplete: boolean;
}

export interface InFlightLimits {
  /** Invocations that one search looks at. */
  readonly introspectionRowsMax: number;
}

export interface InFlightQuery {
  readonly deploymentId: string;
  readonly open: ReadonlySet<InvocationKey>;
}

const LISTS_PAGE = 16;
const HEADERS_PAGE = 256;
const SHOWN_MAX = 5;

/**
 * Those that have not completed, and are pinned to `deploymentId` or among `open`: those with an open
 * attempt there, which may be about to pin them.
 */
export async function findInFlight(
  partitions: PartitionReads,
  { deploymentId, open }: InFlightQuery,
  limits: InFlightLimits,
): Promise<InFlightInvocations> {
  const first: InvocationKey[] = [];
  let count = 0;
  let looked = 0;
  for (const reads of partitions.all()) {
    for await (const keys of alivePages(reads)) {
      if (looked >= limits.introspectionRowsMax) return { count, first, isComplete: false };
      looked += keys.length;
      for (const invocation of await readHeaders(reads, keys)) {
        if (invocation.status === "completed") continue;
        if (invocation.pin?.deploymentId !== deploymentId && !open.has(invocation.key)) continue;
        count += 1;
        if (first.length < SHOWN_MAX) first.push(invocation.key);
      }
    }
  }
  return { count, first, isComplete: true };
}

/** The ids on the restart lists, a bounded number at a time. */
async function* alivePages(reads: Reads): AsyncGenerator<readonly InvocationKey[]> {
  let range: KeyRange = tagRange(Tag.alive);
  for (;;) {
    const rows = await reads.scan(range, { limit: LISTS_PAGE });
    for (const row of rows) {
      const keys = decodeAliveList(row.value);
      for (let start = 0; start < keys.length; start += HEADERS_PAGE) {
        yield keys.slice(start, start + HEADERS_PAGE);
      }
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < LISTS_PAGE) return;
    range = tagRange(Tag.alive, last.key);
  }
}

async function readHeaders(
  reads: Reads,
  keys: readonly InvocationKey[],
): Promise<readonly Invocation[]> {
  const values = await reads.getMany(keys.map((key) => invocationRows.rowKey(key)));
  return keys.flatMap((key, i) => {
    const value = values[i];
    return value === undefined ? [] : [invocationRows.decode(value, key)];
  });
}
