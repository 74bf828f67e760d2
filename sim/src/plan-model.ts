/** What a simulation does with the invocation model: objects, operators, deployments, streams. */
import type { SeededRandom } from "./random.ts";
import type { ScriptShape } from "./script/generate-script.ts";

export interface ModelPlan {
  /** Whether clients call programs, scripts or both. */
  readonly programs: boolean;
  /** Clients of objects and workflows. */
  readonly scriptClients: number;
  readonly script: ScriptShape;
  readonly lazyState: boolean;
  /** Whether scripts run on the SDK, or on the protocol itself. */
  readonly sdkScripts: boolean;
  /** What operators do, how often. */
  readonly actions: number;
  /** The step at which a new deployment of all services is registered, if one is. */
  readonly upgradeStep: number | undefined;
  /** Everything is purged in the end, and nothing may be left. */
  readonly purges: boolean;
}

/** Probabilities of what may befall a stream to an endpoint. */
export interface StreamRates {
  /** No stream can be opened. */
  readonly refuse: number;
  /** The endpoint says nothing, from the beginning or from some message on. */
  readonly hang: number;
  /** The stream breaks; what was under way is lost. */
  readonly cut: number;
  /** The endpoint sends what makes no sense. */
  readonly garbage: number;
  /** The endpoint fails the attempt. */
  readonly error: number;
  /** A network sends the whole stream to two endpoints, of which one is heard. */
  readonly twice: number;
  /** What an attempt sends is held up for long. */
  readonly hold: number;
}

const ACTIONS = [0, 0, 6, 15];

export function createModelPlan(random: SeededRandom, traits: string[]): ModelPlan {
  const mode = random.pick(["programs", "programs", "scripts", "scripts", "both"] as const);
  traits.push(mode);
  const actions = random.pick(ACTIONS);
  if (actions > 0) traits.push("operators");
  const upgradeStep = random.chance(0.3) ? random.between(20, 400) : undefined;
  if (upgradeStep !== undefined) traits.push("an upgrade");
  const lazyState = random.chance(0.3);
  if (lazyState && mode !== "programs") traits.push("lazy state");
  const sdkScripts = random.chance(0.5);
  if (mode !== "programs")
    traits.push(sdkScripts ? "scripts on the SDK" : "scripts on the protocol");
  const purges = random.chance(0.3);
  if (purges) traits.push("purges");
  return {
    programs: mode !== "scripts",
    scriptClients: mode === "programs" ? 0 : random.between(1, mode === "both" ? 3 : 6),
    script: {
      keys: random.between(1, 3),
      sleepMsMax: random.pick([20, 300, 3000]),
      failures: random.pick([0, 0, 0.08]),
      pauses: actions > 0,
    },
    lazyState,
    sdkScripts,
    actions,
    upgradeStep,
    purges,
  };
}

export function createStreamRates(random: SeededRandom): StreamRates {
  const isCalm = random.chance(0.5);
  const rate = (most: number) => {
    const value = (random.below(1000) / 1000) * most;
    return isCalm || random.chance(0.4) ? 0 : value;
  };
  return {
    refuse: rate(0.1),
    hang: rate(0.05),
    cut: rate(0.15),
    garbage: rate(0.1),
    error: rate(0.1),
    twice: rate(0.2),
    hold: rate(0.2),
  };
}
