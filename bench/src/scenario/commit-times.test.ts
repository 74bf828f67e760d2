import { describe, expect, it } from "vitest";
import { commitTimesBetween, parseCommitBuckets } from "./commit-times.ts";

const NAME = "rejoin_partition_commit_duration_seconds";
const metrics = (...counts: readonly [fast: number, slow: number, all: number]) =>
  [
    `# TYPE ${NAME} histogram`,
    `${NAME}_bucket{le="0.001"} ${counts[0]}`,
    `${NAME}_bucket{le="0.02"} ${counts[1]}`,
    `${NAME}_bucket{le="+Inf"} ${counts[2]}`,
    `${NAME}_sum 1.5`,
    `${NAME}_count ${counts[2]}`,
    "",
  ].join("\n");
const buckets = (...counts: readonly [number, number, number]) =>
  parseCommitBuckets(metrics(...counts));

describe("times of commits", () => {
  it("are the bound below which 99 of 100 are, of those in between", () => {
    expect(commitTimesBetween(buckets(0, 0, 0), buckets(99, 100, 100))).toEqual({ p99Ms: 1 });
    expect(commitTimesBetween(buckets(0, 0, 0), buckets(98, 100, 100))).toEqual({ p99Ms: 20 });
    const early = buckets(1000, 1000, 1000);
    expect(commitTimesBetween(early, buckets(1001, 1002, 1010))).toEqual({
      p99Ms: Number.POSITIVE_INFINITY,
    });
  });

  it("are added up over all partitions", () => {
    const text = ["0", "1"]
      .map((partition) => `${NAME}_bucket{partition="${partition}",le="+Inf"} 4`)
      .join("\n");
    expect(parseCommitBuckets(text)).toEqual([[Number.POSITIVE_INFINITY, 8]]);
  });

  it("are not known where there is no commit, or nobody tells", () => {
    expect(commitTimesBetween(buckets(5, 5, 5), buckets(5, 5, 5))).toBeUndefined();
    expect(parseCommitBuckets("up 1\n")).toBeUndefined();
    expect(commitTimesBetween(undefined, buckets(1, 1, 1))).toBeUndefined();
  });
});
