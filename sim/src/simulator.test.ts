/** The simulator over many seeds: the real code keeps its promises, and the faults did happen. */
import { expect, it } from "vitest";
import { runSeed } from "./run-seed.ts";
import { Stats } from "./stats.ts";
import { LEAST } from "./testing/least.ts";

const SEEDS = process.env.REJOIN_TEST_FULL === undefined ? 300 : 5000;
/** The least numbers are those of so many seeds; what is rare is spread unevenly over fewer. */
const LEAST_SEEDS = 1000;
const RARE = 2;
const FIRST_SEED = 1;
/** One with concurrency limits. */
const LIMITED = 914;

it("does the same for the same seed", { timeout: 60_000 }, async () => {
  for (const seed of [3, 14, 15, LIMITED]) {
    const first = await runSeed(seed);
    const second = await runSeed(seed);
    expect(second.traceHash).toBe(first.traceHash);
    expect(second.steps).toBe(first.steps);
    expect([...second.stats.counts]).toEqual([...first.stats.counts]);
  }
  const hashes = new Set<string>();
  for (let seed = 100; seed < 105; seed++) hashes.add((await runSeed(seed)).traceHash);
  expect(hashes.size).toBe(5);
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
    expect({ what, enough: stats.get(what) >= scaled(least) }).toEqual({
      what,
      enough: true,
    });
  }
});

/** Of fewer seeds; of what is so rare that it may well be missing there, nothing is expected. */
function scaled(least: number): number {
  if (SEEDS >= LEAST_SEEDS) return least;
  const share = (least * SEEDS) / LEAST_SEEDS;
  return share < RARE ? 0 : Math.max(1, Math.floor(share / 2));
}

function report(seed: number, { kind, message }: { kind: string; message: string }): string {
  const replay = `npx tsc -b sim && node sim/dist/main.js --seed ${seed}`;
  return `seed ${seed}: ${kind}: ${message}\nreplay it: ${replay}`;
}
