/** The simulator over many seeds: the real code keeps its promises, and the faults did happen. */
import { expect, it } from "vitest";
import { runSeed } from "./run-seed.ts";
import { Stats } from "./stats.ts";

const SEEDS = process.env.REJOIN_TEST_FULL === undefined ? 1000 : 20_000;
const FIRST_SEED = 1;

it("does the same for the same seed", { timeout: 60_000 }, async () => {
  for (const seed of [3, 14, 15, 92, 65]) {
    const first = await runSeed(seed);
    const second = await runSeed(seed);
    expect(second.traceHash).toBe(first.traceHash);
    expect(second.steps).toBe(first.steps);
    expect([...second.stats.counts]).toEqual([...first.stats.counts]);
  }
  const hashes = new Set<string>();
  for (let seed = 100; seed < 110; seed++) hashes.add((await runSeed(seed)).traceHash);
  expect(hashes.size).toBe(10);
});

it("keeps every promise", { timeout: SEEDS * 500 }, async () => {
  const stats = new Stats();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const result = await runSeed(seed);
    stats.add(result.stats);
    const [violation] = result.violations;
    if (violation !== undefined) throw new Error(report(seed, violation));
  }
  for (const [what, least] of LEAST) {
    expect({ what, enough: stats.get(what) >= least }).toEqual({ what, enough: true });
  }
});

function report(seed: number, { kind, message }: { kind: string; message: string }): string {
  const replay = `npx tsc -b sim && node sim/dist/main.js --seed ${seed}`;
  return `seed ${seed}: ${kind}: ${message}\nreplay it: ${replay}`;
}

/** How often each fault and each edge has to occur in 1,000 seeds; about a third of what does. */
const LEAST: ReadonlyMap<string, number> = new Map([
  ["crash", 130],
  ["crash while starting", 60],
  ["restart", 40],
  ["zombie", 90],
  ["commit failed, not durable", 85],
  ["commit failed, durable", 75],
  ["commit survived a crash", 15],
  ["commit lost in a crash", 15],
  ["late acknowledgement", 450],
  ["slow commit", 1000],
  ["slow open", 120],
  ["open failed", 30],
  ["metadata failed", 35],
  ["read failed", 150],
  ["slow read, as it was when called", 1400],
  ["slow read, as it was when served", 1400],
  ["client hung up", 200],
  ["user code went on after its attempt was aborted", 300],
  ["attempt asked to suspend", 4000],
  ["attempt with protocol version 5", 1400],
  ["attempt with protocol version 6", 1400],
  ["attempt with protocol version 7", 4000],
  ["message between partitions", 450],
  ["reborn after retention", 20],
  ["seeds with several partitions", 150],
  ["seeds with remote", 140],
  ["seeds with tiny cache", 110],
  ["seeds with empty cache", 110],
  ["seeds with skewed clocks", 60],
  ["seeds with small attemptsMax", 85],
  ["seeds with small attemptRecordItemsMax", 100],
  ["seeds with small attemptPendingItemsMax", 100],
  ["edge none → invoked", 2000],
  ["edge none → scheduled", 100],
  ["edge scheduled → invoked", 100],
  ["edge invoked → suspended", 1000],
  ["edge suspended → invoked", 1000],
  ["edge invoked → completed", 2000],
  ["edge completed → none", 100],
]);
