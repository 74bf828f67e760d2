/**
 * The scenario suite of the engine: the real engine, leaders, processors and invoker, over a memory
 * store and a manual clock. However many partitions there are, however little is in memory and
 * however badly mail is delivered, the scenarios come to the same.
 */
import { Tag } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import type { Limits } from "../limits.ts";
import { Host, type HostOptions, type HostStorage } from "./host.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { ROUNDS_MAX, type Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

export interface SuiteOptions {
  readonly partitions: 1 | 4;
  readonly cache: CacheSize;
  readonly mailbox: "plain" | "chaotic";
  readonly seed?: number;
  /** Makes what takes the place of a memory disk. */
  readonly createStorage?: (partitionCount: number) => HostStorage;
}

export type CacheSize = "empty" | "tiny" | "full";

function rowsMax(max: number): Partial<Limits> {
  return { hotInvocationsMax: max, coldInvocationsMax: max, cachedRowsMax: max };
}

/** How many rows of each kind a processor may keep. */
export const CACHE_LIMITS: Readonly<Record<CacheSize, Partial<Limits>>> = {
  empty: { ...rowsMax(0), stateCacheBytesMax: 0 },
  tiny: { ...rowsMax(2), stateCacheBytesMax: 40_000 },
  full: {},
};

export interface ScenarioRun {
  readonly outcome: Outcome;
  readonly roundsMax: number;
  readonly messagesSent: number;
  readonly repeated: number;
}

const BASELINE: SuiteOptions = { partitions: 1, cache: "full", mailbox: "plain" };
const baselines = new Map<string, Promise<ScenarioRun>>();

export async function runScenario(scenario: Scenario, options: SuiteOptions): Promise<ScenarioRun> {
  const host = await Host.start(hostOptionsOf(scenario, options));
  try {
    await scenario.run(host);
    await host.ports.settle();
    expect(host.faults).toEqual([]);
    for (const tag of [Tag.task, Tag.inbox]) expect(await host.countRows(tag)).toBe(0);
    const rounds = host.core.leaders.map(({ processor }) => processor?.counters.roundsMax ?? 0);
    return {
      outcome: await outcomeOf(host),
      roundsMax: Math.max(...rounds),
      messagesSent: host.messagesSent,
      repeated: host.chaos.repeated,
    };
  } finally {
    await host.close();
  }
}

export function hostOptionsOf(scenario: Scenario, options: SuiteOptions): HostOptions {
  const limits = { ...CACHE_LIMITS[options.cache], mailboxPageMax: 3 };
  return { ...scenario, ...options, limits };
}

/** The scenario with one partition, everything in memory and orderly mail. */
export function baselineOf(scenario: Scenario): Promise<ScenarioRun> {
  let run = baselines.get(scenario.name);
  if (run === undefined) {
    run = runScenario(scenario, BASELINE);
    baselines.set(scenario.name, run);
  }
  return run;
}

export function scenarioSuite(options: SuiteOptions): void {
  const { partitions, cache, mailbox, seed = 1 } = options;
  const title = `${partitions} partitions, ${cache} cache, ${mailbox} mailbox, seed ${seed}`;
  describe(title, () => {
    for (const scenario of SCENARIOS) {
      it(scenario.name, async () => {
        const expected = await baselineOf(scenario);
        const isBaseline = JSON.stringify(options) === JSON.stringify(BASELINE);
        const run = isBaseline ? expected : await runScenario(scenario, options);
        expect(run.outcome).toEqual(expected.outcome);
        expect(run.roundsMax).toBeLessThanOrEqual(scenario.roundsMax ?? ROUNDS_MAX);
        const crosses = partitions > 1 && scenario.local !== true;
        if (crosses) expect(run.messagesSent).toBeGreaterThan(0);
        else expect(run.messagesSent).toBe(0);
      });
    }
  });
}
