/** What the parts of one simulation share. */
import type { MemoryDisk } from "@rejoin/storage";
import type { DurableLog } from "./checker/durable-log.ts";
import type { EffectsChecker } from "./checker/effects-checker.ts";
import type { Interventions } from "./checker/interventions.ts";
import type { UserCodeChecker } from "./checker/user-code-checker.ts";
import type { Violations } from "./checker/violations.ts";
import type { FlowChecker } from "./flow/flow-checker.ts";
import type { Mutation } from "./mutation.ts";
import type { Plan } from "./plan.ts";
import type { Predictor } from "./program/predict.ts";
import type { Program } from "./program/program.ts";
import type { SeededRandom } from "./random.ts";
import type { Life, VirtualScheduler } from "./scheduler.ts";
import type { Stats } from "./stats.ts";
import type { Trace } from "./trace.ts";

export interface SimContext {
  readonly plan: Plan;
  readonly random: SeededRandom;
  readonly scheduler: VirtualScheduler;
  readonly trace: Trace;
  readonly stats: Stats;
  readonly violations: Violations;
  readonly disk: MemoryDisk;
  readonly log: DurableLog;
  readonly interventions: Interventions;
  readonly effects: EffectsChecker;
  readonly userCode: UserCodeChecker;
  /** Set if there are concurrency limits. */
  readonly flow: FlowChecker | undefined;
  readonly program: Program;
  readonly predictor: Predictor;
  /** Lasts as long as the simulation. */
  readonly world: Life;
  readonly mutation: Mutation;
  /** Whether the second deployment has been registered. */
  upgraded: boolean;
  /** Whether faults may still happen. */
  faulty: boolean;
  /** When anything last disturbed each partition. */
  readonly disturbedAt: Map<number, number>;
}

/** Something keeps a partition, or all of them, from going on as usual. */
export function disturb(context: SimContext, partition?: number, forMs = 0): void {
  const until = context.scheduler.now() + forMs;
  const first = partition ?? 0;
  const last = partition ?? context.plan.partitionCount - 1;
  for (let p = first; p <= last; p++) {
    context.disturbedAt.set(p, Math.max(until, context.disturbedAt.get(p) ?? 0));
  }
}
