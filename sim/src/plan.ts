/** What a seed stands for: the sizes, the limits, the workload and the faults of one simulation. */
import { DEFAULT_LIMITS, type Limits, SERVER_DEFAULTS, type ServerDefaults } from "@rejoin/server";
import { createFlowPlan, type FlowPlan } from "./flow/flow-plan.ts";
import {
  createModelPlan,
  createStreamRates,
  type ModelPlan,
  type StreamRates,
} from "./plan-model.ts";
import type { ProgramShape } from "./program/generate.ts";
import { SeededRandom } from "./random.ts";
import type { PickPolicy } from "./scheduler.ts";

/** Where user code runs: in the server's process, or in one of its own behind a network. */
export type Placement = "embedded" | "remote";

/** Probabilities of what may befall an operation of the store, and how long things take. */
export interface FaultRates {
  readonly slowCommit: number;
  readonly failBefore: number;
  readonly failAfter: number;
  /** The commit is durable, and the process learns of it late. */
  readonly lateAck: number;
  readonly slowRead: number;
  readonly failRead: number;
  readonly slowOpen: number;
  readonly failOpen: number;
  readonly failMetadata: number;
  /** A commit that a crash interrupts has become durable. */
  readonly survivesCrash: number;
  readonly slowMs: number;
  /** Reads take an event of their own instead of none. */
  readonly readsTakeTime: boolean;
}

/**
 * `crash`: the process ends at once. `restart`: it is asked to stop. `zombie`: another process
 * takes the partitions over while it goes on.
 */
export type ChaosKind = "crash" | "restart" | "zombie";

export interface Chaos {
  readonly kind: ChaosKind;
  readonly atStep: number;
}

export interface Plan {
  readonly seed: number;
  readonly partitionCount: number;
  readonly placement: Placement;
  readonly policy: PickPolicy;
  readonly tickProbability: number;
  readonly limits: Limits;
  readonly defaults: ServerDefaults;
  /** Of the first process, the second and so on; the last of all that follow. */
  readonly protocolVersions: readonly number[];
  /** How wrong the clock of each process is, likewise. */
  readonly clockSkewsMs: readonly number[];
  readonly faults: FaultRates;
  readonly chaos: readonly Chaos[];
  /** From here on nothing fails any more. */
  readonly healStep: number;
  readonly shape: ProgramShape;
  readonly model: ModelPlan;
  readonly streams: StreamRates;
  /** Set if there are concurrency limits. */
  readonly flow: FlowPlan | undefined;
  /** Names of what is unusual about it: counted as fault kinds. */
  readonly traits: readonly string[];
}

export const CLOCK_SKEW_MS_MAX = 500;

export function createPlan(seed: number): Plan {
  const random = new SeededRandom(seed).fork("plan");
  const traits: string[] = [];
  const chaos = createChaos(random);
  const retention = createRetention(random, traits);
  const modelRandom = new SeededRandom(seed).fork("model");
  return {
    seed,
    partitionCount: random.chance(0.5) ? 1 : random.between(2, 4),
    placement: trait(traits, random.chance(0.4) ? "remote" : "embedded"),
    policy: random.pick(["random", "random", "mixed", "fifo"] as const),
    tickProbability: random.pick([0, 0.02, 0.2]),
    limits: createLimits(random, traits),
    defaults: createDefaults(random, traits, retention),
    protocolVersions: [random, random, random].map((source) => source.pick([5, 6, 7, 7, 7])),
    clockSkewsMs: createSkews(random, traits),
    faults: createFaults(random),
    chaos,
    healStep: Math.max(300, ...chaos.map(({ atStep }) => atStep)) + random.below(200),
    shape: createShape(random, traits),
    model: createModelPlan(modelRandom, traits),
    streams: createStreamRates(modelRandom),
    flow: createFlowPlan(new SeededRandom(seed).fork("flow"), traits),
    traits,
  };
}

function createSkews(random: SeededRandom, traits: string[]): number[] {
  if (!random.chance(0.2)) return [0];
  traits.push("skewed clocks");
  return Array.from({ length: 3 }, () => random.between(-CLOCK_SKEW_MS_MAX, CLOCK_SKEW_MS_MAX));
}

/** The last of `values` holds for everything beyond. */
export function atOrLast<T>(values: readonly T[], index: number): T {
  return values[Math.min(index, values.length - 1)] as T;
}

function trait<T extends string>(traits: string[], name: T): T {
  traits.push(name);
  return name;
}

function createChaos(random: SeededRandom): Chaos[] {
  const count = random.pick([0, 1, 1, 2, 3]);
  const spread = random.pick([60, 300, 600]);
  const steps = Array.from({ length: count }, () => random.below(spread)).sort((a, b) => a - b);
  return steps.map((atStep) => ({
    kind: random.pick(["crash", "crash", "crash", "zombie", "zombie", "restart"] as const),
    atStep,
  }));
}

function createFaults(random: SeededRandom): FaultRates {
  const rate = (share: number, most: number) => {
    const on = random.chance(share);
    const value = (random.below(1000) / 1000) * most;
    return on ? value : 0;
  };
  return {
    slowCommit: rate(0.5, 0.4),
    failBefore: rate(0.25, 0.06),
    failAfter: rate(0.25, 0.06),
    lateAck: rate(0.3, 0.3),
    slowRead: rate(0.5, 0.5),
    failRead: rate(0.2, 0.05),
    slowOpen: rate(0.3, 0.5),
    failOpen: rate(0.2, 0.2),
    failMetadata: rate(0.1, 0.3),
    survivesCrash: random.pick([0, 0.5, 1]),
    slowMs: random.pick([5, 50, 400]),
    readsTakeTime: random.chance(0.7),
  };
}

function createLimits(random: SeededRandom, traits: string[]): Limits {
  const limits: { -readonly [P in keyof Limits]: Limits[P] } = {
    ...DEFAULT_LIMITS,
    ...createCacheLimits(random, traits),
  };
  const shrink = (name: keyof Limits, values: readonly number[], share = 0.3) => {
    if (!random.chance(share)) return;
    limits[name] = random.pick(values);
    traits.push(`small ${name}`);
  };
  shrink("attemptsMax", [1, 2, 3]);
  shrink("attemptRecordItemsMax", [1, 2, 3]);
  shrink("attemptPendingItemsMax", [0, 1, 2]);
  shrink("pendingBytesMax", [0, 2000], 0.9);
  shrink("batchRecordsMax", [1, 2, 5]);
  shrink("replayPageRows", [1, 2]);
  shrink("timersInMemoryMax", [1, 2, 3]);
  shrink("mailboxPageMax", [1, 2]);
  shrink("restartListsPage", [1, 2]);
  shrink("recoverKeysMax", [1, 2]);
  shrink("taskPageRowsMax", [1, 4]);
  shrink("taskPageChildrenMax", [1, 2]);
  shrink("taskPageBytesMax", [1, 100]);
  shrink("tasksPageMax", [1, 2]);
  shrink("eagerStateBytesMax", [0, 4, 8]);
  shrink("readyQueueMax", [1, 2], 0.15);
  shrink("attemptRecordBytesMax", [1, 100], 0.1);
  shrink("attemptPendingBytesMax", [0, 50], 0.1);
  shrink("ingressRequestsMax", [1, 2], 0.1);
  if (random.chance(0.1)) {
    limits.queueRecordsMax = limits.batchRecordsMax;
    traits.push("small queueRecordsMax");
  }
  return limits;
}

function createCacheLimits(random: SeededRandom, traits: string[]): Partial<Limits> {
  const size = random.pick(["full", "tiny", "empty"] as const);
  traits.push(`${size} cache`);
  if (size === "full") return {};
  const max = size === "tiny" ? 2 : 0;
  const rows = { hotInvocationsMax: max, coldInvocationsMax: max, cachedRowsMax: max };
  return { ...rows, stateCacheBytesMax: max * 20_000 };
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** A simulation lasts about as long. */
const SHORT_RETENTION_MS_MAX = 100_000;

function createRetention(random: SeededRandom, traits: string[]): Partial<ServerDefaults> {
  const kind = random.below(12);
  if (kind > 3) return {};
  const shortMs = random.between(1, SHORT_RETENTION_MS_MAX);
  if (kind < 2) {
    traits.push("no retention");
    return { journalRetentionMs: 0, idempotencyRetentionMs: DAY_MS };
  }
  traits.push("short retention");
  if (kind === 2) return { journalRetentionMs: shortMs, idempotencyRetentionMs: DAY_MS };
  traits.push(REUSED_KEYS);
  const idempotencyRetentionMs = random.between(1, SHORT_RETENTION_MS_MAX);
  return { journalRetentionMs: shortMs, idempotencyRetentionMs };
}

/** Idempotency keys are used again when their retention is over. */
export const REUSED_KEYS = "idempotency keys used again";

function createDefaults(
  random: SeededRandom,
  traits: string[],
  retention: Partial<ServerDefaults>,
): ServerDefaults {
  const inactivityTimeoutMs = random.pick([0, 30, 400, 60_000]);
  traits.push(`inactivity ${inactivityTimeoutMs} ms`);
  return {
    ...SERVER_DEFAULTS,
    ...retention,
    inactivityTimeoutMs,
    abortTimeoutMs: 10_000,
    retryPolicy: {
      initialIntervalMs: random.pick([1, 20, 200]),
      exponentiationFactor: 2,
      maxIntervalMs: 1000,
      maxAttempts: undefined,
      onMaxAttempts: "pause",
    },
  };
}

function createShape(random: SeededRandom, traits: readonly string[]): ProgramShape {
  const isLong = traits.includes(REUSED_KEYS);
  return {
    roots: random.pick([1, 1, 2, 3]),
    depth: random.pick([1, 1, 1, 2, 2, 3]),
    nodesMax: random.pick([3, 6, 12]),
    fanOutMax: random.pick([6, 6, 6, 6, 6, 12, 30]),
    failures: random.pick([0, 0.1, 0.3]),
    largePayloads: random.chance(0.1),
    sleepMsMax: isLong ? 2 * SHORT_RETENTION_MS_MAX : random.pick([20, 300, 3000]),
  };
}
