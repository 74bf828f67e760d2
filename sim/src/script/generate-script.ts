/** Random scripts. */
import type { Flows } from "../flow/flow-plan.ts";
import type { SeededRandom } from "../random.ts";
import {
  type Callee,
  FIRST_AWAKEABLE,
  type HandlerName,
  HELPER,
  OBJECT,
  type Script,
  type ScriptStep,
  WORKFLOW,
} from "./script.ts";

export interface ScriptShape {
  /** Keys of objects; there are as many workflows. */
  readonly keys: number;
  readonly sleepMsMax: number;
  readonly failures: number;
  /** Whether attempts may ask to be paused: someone must resume them. */
  readonly pauses: boolean;
}

const NAMES = ["a", "b", "c"];
const PROMISES = ["p", "q"];
const SIGNALS = ["go", "on"];

export class ScriptGenerator {
  private readonly random: SeededRandom;
  private readonly shape: ScriptShape;
  private readonly flows: Flows | undefined;
  private values = 0;

  constructor(random: SeededRandom, shape: ScriptShape, flows: Flows | undefined) {
    this.random = random;
    this.shape = shape;
    this.flows = flows;
  }

  /** A callee for a client. */
  root(): Callee {
    const kind = this.random.below(10);
    if (kind < 5) return this.object(this.random.chance(0.75) ? "turn" : "look", 0, 2);
    if (kind < 8) return this.workflow(this.random.chance(0.5) ? "run" : "poke", 2);
    return this.helper(2);
  }

  /** A value that no other write has. */
  value(): string {
    this.values += 1;
    return `v${this.values}`;
  }

  // ---- callees ----------------------------------------------------------------------------------

  /** Of an object with at least this number: who waits for objects in order cannot deadlock. */
  private object(handler: "turn" | "look", from: number, depth: number): Callee {
    const number = this.random.between(from, this.shape.keys - 1);
    const script = this.steps(handler, depth, number + 1);
    return this.scoped({ service: OBJECT, handler, key: `k${number}`, script });
  }

  private workflow(handler: "run" | "poke", depth: number): Callee {
    const key = `w${this.random.below(this.shape.keys)}`;
    return this.scoped({ service: WORKFLOW, handler, key, script: this.steps(handler, depth, 0) });
  }

  private helper(depth: number, from = 0): Callee {
    const script = this.steps("help", depth, from);
    return this.scoped({ service: HELPER, handler: "help", key: "", script });
  }

  private scoped(callee: Callee): Callee {
    const flow = this.flows?.draw();
    return flow === undefined ? callee : { ...callee, flow };
  }

  private callee(depth: number, from: number): Callee {
    if (from < this.shape.keys && this.random.chance(0.6)) {
      return this.object(this.random.chance(0.7) ? "turn" : "look", from, depth);
    }
    return this.helper(depth, from);
  }

  // ---- steps ------------------------------------------------------------------------------------

  private steps(handler: HandlerName, depth: number, from: number): Script {
    const { random } = this;
    const count = random.between(1, depth === 0 ? 3 : 5);
    const steps: ScriptStep[] = [];
    let awakeables = 0;
    for (let i = 0; i < count; i++) {
      const added = this.step(handler, depth, from, FIRST_AWAKEABLE + awakeables);
      awakeables += added.filter((step) => step.do === "awakeable").length;
      steps.push(...added);
    }
    return steps;
  }

  private step(
    handler: HandlerName,
    depth: number,
    from: number,
    awakeable: number,
  ): readonly ScriptStep[] {
    const { random, shape } = this;
    if (random.chance(shape.failures)) return [this.failing()];
    const hasState = handler !== "help";
    if (hasState && random.chance(0.5)) return [this.stateStep(handler)];
    if ((handler === "run" || handler === "poke") && random.chance(0.5)) {
      return [this.promiseStep(handler)];
    }
    if (depth > 0 && random.chance(0.6)) return this.withOthers(depth, from, awakeable);
    return [random.chance(0.5) ? { do: "sleep", ms: this.sleepMs() } : { do: "run" }];
  }

  private stateStep(handler: HandlerName): ScriptStep {
    const { random } = this;
    const name = random.pick(NAMES);
    const writes = handler === "turn" || handler === "run";
    const kind = writes ? random.below(12) : random.between(8, 11);
    if (kind < 6) return { do: "set", name, value: this.value() };
    if (kind < 7) return { do: "clear", name };
    if (kind < 8) return { do: "clearAll" };
    return kind < 11 ? { do: "get", name } : { do: "keys" };
  }

  private promiseStep(handler: HandlerName): ScriptStep {
    const { random } = this;
    const name = random.pick(PROMISES);
    const kind = random.below(6);
    if (kind < 2) return { do: "peek", name };
    // The run awaits, the others complete; now and then it is the other way round.
    if (kind < 5 === (handler === "run")) return { do: "promise", name };
    return { do: "resolve", name, value: this.value() };
  }

  private withOthers(depth: number, from: number, awakeable: number): readonly ScriptStep[] {
    const { random } = this;
    const kind = random.below(10);
    if (kind < 3) return [{ do: "call", callee: this.callee(depth - 1, from) }];
    if (kind < 4) {
      const callees = Array.from({ length: random.between(2, 3) }, () => this.callee(0, from));
      return [{ do: "fan", callees }];
    }
    if (kind < 6) return this.sending(depth, from);
    return this.signalling(awakeable);
  }

  private sending(depth: number, from: number): readonly ScriptStep[] {
    const { random } = this;
    const delayMs = random.chance(0.4) ? this.sleepMs() : 0;
    const callee = this.callee(depth - 1, from);
    const after = random.pick(["attach", "output", "cancel", undefined] as const);
    const send: ScriptStep = { do: "send", callee, delayMs };
    return after === undefined ? [send] : [send, { do: after }];
  }

  /** Waits for a signal that a helper sends, or someone at the ingress, or nobody. */
  private signalling(awakeable: number): readonly ScriptStep[] {
    const { random } = this;
    const ms = random.chance(0.4) ? this.sleepMs() : undefined;
    if (random.chance(0.4)) return [{ do: "awakeable", ms }];
    const signal = random.pick(SIGNALS);
    const isNamed = random.chance(0.5);
    const told: ScriptStep = isNamed
      ? { do: "signal", name: signal, value: this.value() }
      : { do: "complete", index: awakeable, value: this.value() };
    const before: Script = random.chance(0.5) ? [] : [{ do: "sleep", ms: this.sleepMs() }];
    const script = [...before, told, ...(random.chance(0.2) ? [told] : [])];
    const callee = { service: HELPER, handler: "help", key: "", script } as const;
    const awaited: ScriptStep = isNamed ? { do: "await", signal, ms } : { do: "awakeable", ms };
    return [{ do: "send", callee, delayMs: 0 }, awaited];
  }

  private failing(): ScriptStep {
    const { random, shape } = this;
    const pauses = shape.pauses && random.chance(0.3);
    return { do: "fail", times: pauses ? 1 : random.between(1, 2), pauses };
  }

  private sleepMs(): number {
    return this.random.between(1, this.shape.sleepMsMax);
  }
}
