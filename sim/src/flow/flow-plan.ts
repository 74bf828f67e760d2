/** What a simulation does with flow control: scopes and limit keys of calls, limits that change. */
import type { SeededRandom } from "../random.ts";

export interface FlowPlan {
  /** Scopes that calls may have; none if there are no limits. */
  readonly scopes: readonly string[];
  /** How likely a call is to have a scope. */
  readonly scoped: number;
  /** How often operators change the limits. */
  readonly changes: number;
  /** The highest limit that they set. */
  readonly concurrencyMax: number;
  /** How much more operators do to invocations. */
  readonly operations: number;
}

/** What a call counts towards, besides what it calls. */
export interface Flow {
  readonly scope: string;
  readonly limitKey?: string;
}

const LIMIT_KEYS = ["u", "v", "u/x", "u/y"];

export function createFlowPlan(random: SeededRandom, traits: string[]): FlowPlan | undefined {
  if (!random.chance(0.15)) return undefined;
  traits.push("limits");
  return {
    scopes: random.chance(0.5) ? ["s"] : ["s", "t"],
    scoped: random.pick([0.2, 0.6, 0.9]),
    changes: random.between(1, 10),
    concurrencyMax: random.pick([1, 1, 2, 4]),
    operations: random.pick([0, 4, 10]),
  };
}

/** Draws the scopes and limit keys of calls, apart from all that is drawn besides. */
export class Flows {
  private readonly plan: FlowPlan;
  private readonly random: SeededRandom;

  constructor(plan: FlowPlan, random: SeededRandom) {
    this.plan = plan;
    this.random = random;
  }

  draw(): Flow | undefined {
    const { random, plan } = this;
    if (!random.chance(plan.scoped)) return undefined;
    const scope = random.pick(plan.scopes);
    return random.chance(0.5) ? { scope } : { scope, limitKey: random.pick(LIMIT_KEYS) };
  }
}

/** What a call carries of it: fields that are there or not. */
export function flowOf(flow: Flow | undefined): { scope?: string; limitKey?: string } {
  if (flow === undefined) return {};
  const { scope, limitKey } = flow;
  return limitKey === undefined ? { scope } : { scope, limitKey };
}
