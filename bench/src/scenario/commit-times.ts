/** How long a server's commits took, from the histogram among its metrics. */
import type { Session } from "../target/target.ts";

const BUCKET = /^rejoin_partition_commit_duration_seconds_bucket\{.*?le="([^"]+)"[^}]*\} (\S+)$/gm;
const SHARE = 0.99;

/** Commits that took at most so many seconds, in ascending order; the last bound is infinite. */
export type CommitBuckets = readonly (readonly [seconds: number, count: number])[];

export interface CommitTimes {
  /** The upper bound of the bucket that holds it. */
  readonly p99Ms: number;
}

/** `undefined` of a server that does not tell. */
export async function readCommitTimes(
  { server }: Session,
  limitMs: number,
): Promise<CommitBuckets | undefined> {
  if (server === undefined) return undefined;
  const signal = AbortSignal.timeout(limitMs);
  const response = await fetch(`${server.adminUrl}/metrics`, { signal });
  return response.ok ? parseCommitBuckets(await response.text()) : undefined;
}

export function parseCommitBuckets(text: string): CommitBuckets | undefined {
  const sums = new Map<number, number>();
  for (const [, bound = "", count = ""] of text.matchAll(BUCKET)) {
    const seconds = bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound);
    sums.set(seconds, (sums.get(seconds) ?? 0) + Number(count));
  }
  return sums.size === 0 ? undefined : [...sums].sort(([a], [b]) => a - b);
}

/** `undefined` if there was none, or nothing is known. */
export function commitTimesBetween(
  before: CommitBuckets | undefined,
  after: CommitBuckets | undefined,
): CommitTimes | undefined {
  if (before === undefined || after === undefined) return undefined;
  const earlier = new Map(before);
  const counts = after.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)] as const);
  const total = counts.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const bucket = counts.find(([, count]) => count >= SHARE * total);
  return bucket === undefined ? undefined : { p99Ms: bucket[0] * 1000 };
}
