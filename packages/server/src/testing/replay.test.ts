/**
 * What a processor makes of a record does not depend on what is in memory: the records of a whole
 * scenario, told again to processors with an empty, a tiny and a full cache, have the same effects,
 * row for row and action for action.
 */
import { InvariantError } from "@rejoin/engine";
import { createMemoryStore } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { PartitionProcessor } from "../partition/processor.ts";
import { RowCache } from "../partition/row-cache.ts";
import { Host } from "./host.ts";
import { createRandom, ManualPorts } from "./manual-ports.ts";
import { type Recorded, ReplayingEngine, recordEngines } from "./recording.ts";
import { ROUNDS_MAX, type Scenario } from "./scenario.ts";
import {
  CACHE_LIMITS,
  type CacheSize,
  hostOptionsOf,
  type SuiteOptions,
} from "./scenarios.suite.ts";
import { SCENARIOS } from "./scenarios.ts";

interface Replay {
  readonly effects: readonly string[];
  readonly roundsMax: number;
  readonly fetches: number;
}

interface ReplayOptions {
  readonly partitionCount: number;
  readonly cache: CacheSize;
  readonly registry: ConstructorParameters<typeof PartitionProcessor>[0]["registry"];
  readonly seed: number;
  readonly limits?: Partial<Limits>;
}

async function record(scenario: Scenario, options: SuiteOptions) {
  const recording = recordEngines();
  const host = await Host.start(hostOptionsOf(scenario, options));
  try {
    await scenario.run(host);
    return { recorded: recording.recorded, registry: host.core.registry.current };
  } finally {
    recording.stop();
    await host.close();
  }
}

/**
 * Tells the records of one partition again in bursts, small and large ones: some while the commit
 * before is in flight, so that rows that were fetched for a burst are written before they are used.
 */
async function replay(recorded: readonly Recorded[], options: ReplayOptions): Promise<Replay> {
  const { partitionCount, cache, registry, seed } = options;
  const [first] = recorded;
  if (first === undefined) return { effects: [], roundsMax: 0, fetches: 0 };
  const ports = new ManualPorts(seed);
  const random = createRandom(seed);
  const burstMax = seed % 2 === 0 ? 8 : 40;
  const limits = { ...DEFAULT_LIMITS, ...CACHE_LIMITS[cache], ...options.limits };
  const engine = new ReplayingEngine(first.partition, partitionCount, recorded);
  const store = await createMemoryStore({ partitionCount }).open(first.partition);
  const failures: unknown[] = [];
  const processor = new PartitionProcessor({
    engine,
    store,
    cache: new RowCache(limits),
    registry,
    ports,
    limits,
    act: () => undefined,
    onFailure: (error) => failures.push(error),
  });
  let next = 0;
  while (next < recorded.length && failures.length === 0) {
    const burst = recorded.slice(next, next + 1 + random(burstMax));
    next += burst.length;
    for (const entry of burst) processor.submit(entry.record);
    if (random(3) > 0) await ports.settle();
    else await Promise.resolve();
  }
  await ports.settle();
  if (failures.length > 0) throw failures[0];
  const { roundsMax, fetches } = processor.counters;
  return { effects: engine.effects, roundsMax, fetches };
}

/** A restart loses what was applied and not durable: such a recording is no history. */
const HISTORIES = SCENARIOS.filter((scenario) => scenario.restarts !== true);

describe("told again with another cache", () => {
  for (const [i, scenario] of HISTORIES.entries()) {
    const partitions = i % 3 === 0 ? 1 : 4;
    it(`${scenario.name}, ${partitions} partitions: the same effects in a few rounds`, async () => {
      const options = { partitions, cache: "full", mailbox: "plain", seed: i + 1 } as const;
      const { recorded, registry } = await record(scenario, options);
      for (let partition = 0; partition < partitions; partition++) {
        const own = recorded.filter((entry) => entry.partition === partition);
        const expected = own.map((entry) => entry.effects);
        for (const cache of ["empty", "tiny", "full"] as const) {
          const replayed = await replay(own, {
            partitionCount: partitions,
            cache,
            registry: () => registry,
            seed: i * 3 + partition,
          });
          expect(replayed.effects).toEqual(expected);
          expect(replayed.roundsMax).toBeLessThanOrEqual(scenario.roundsMax ?? ROUNDS_MAX);
        }
      }
    });
  }

  it("is not told in vain: an empty cache makes it read", async () => {
    const [scenario] = HISTORIES.filter(({ name }) => name.includes("suspended for all of it"));
    if (scenario === undefined) throw new InvariantError("the scenario is missing");
    const options = { partitions: 1, cache: "full", mailbox: "plain" } as const;
    const { recorded, registry } = await record(scenario, options);
    const [empty, full] = await Promise.all(
      (["empty", "full"] as const).map((cache) =>
        replay(recorded, { partitionCount: 1, cache, registry: () => registry, seed: 1 }),
      ),
    );
    expect(empty?.fetches).toBeGreaterThan(full?.fetches ?? 0);
  });
});
