/** Random programs. */
import type { Flows } from "../flow/flow-plan.ts";
import type { SeededRandom } from "../random.ts";
import type { GroupMode, Operation, Program, ProgramNode, Step } from "./program.ts";

export interface ProgramShape {
  readonly roots: number;
  /** Levels of calls below a root. */
  readonly depth: number;
  /** About how many nodes; a fan-out may exceed it. */
  readonly nodesMax: number;
  /** The widest fan-out. */
  readonly fanOutMax: number;
  /** The probability that an operation or a handler fails transiently at first. */
  readonly failures: number;
  /** Payloads that do not fit into a row are possible. */
  readonly largePayloads: boolean;
  /** The longest sleep. */
  readonly sleepMsMax: number;
}

const MODES: readonly GroupMode[] = ["all", "all", "allSettled", "race", "any", "order"];
/** More than fits the header of an invocation. */
const LARGE_BYTES = 2500;
/** More than fits a segment of a journal. */
const HUGE_BYTES = 70_000;

/** `flows` draws scopes for the calls, if they have any. */
export function generateProgram(
  random: SeededRandom,
  shape: ProgramShape,
  flows?: Flows | undefined,
): Program {
  return new Generator(random, shape, flows).program();
}

type Draft = { -readonly [P in keyof ProgramNode]: ProgramNode[P] };

class Generator {
  private readonly random: SeededRandom;
  private readonly shape: ProgramShape;
  private readonly flows: Flows | undefined;
  private readonly nodes: Draft[] = [];
  /** Nodes with an idempotency key, which several may call. */
  private readonly shared: number[] = [];

  constructor(random: SeededRandom, shape: ProgramShape, flows: Flows | undefined) {
    this.random = random;
    this.shape = shape;
    this.flows = flows;
  }

  program(): Program {
    const roots = Array.from({ length: this.shape.roots }, () => this.node(this.shape.depth));
    return { nodes: this.nodes, roots };
  }

  private node(depth: number): number {
    const { random } = this;
    const id = this.nodes.length;
    const draft: Draft = {
      id,
      steps: [],
      failsWith: random.chance(0.1) ? random.pick([400, 409, 500, 599]) : undefined,
      keyed: random.chance(0.25),
      padding: this.shape.largePayloads && random.chance(0.3) ? LARGE_BYTES : 0,
      flow: this.flows?.draw(),
    };
    this.nodes.push(draft);
    const count = depth === 0 ? random.below(3) : random.between(1, 4);
    draft.steps = this.steps(count, depth, true);
    // Only now: a node that calls itself would never end.
    if (draft.keyed) this.shared.push(id);
    return id;
  }

  private steps(count: number, depth: number, mayBranch: boolean): Step[] {
    return Array.from({ length: count }, () => this.step(depth, mayBranch));
  }

  private step(depth: number, mayBranch: boolean): Step {
    const { random } = this;
    const kind = random.below(20);
    if (kind < 7) return { kind: "await", operation: this.operation(depth) };
    if (kind < 13) return this.group(depth);
    if (kind < 14) {
      const ms = random.between(1, this.shape.sleepMsMax);
      return { kind: "timeout", operation: this.operation(depth), ms };
    }
    if (kind < 16 && this.mayCall(depth)) return this.send(depth);
    if (kind < 18 && mayBranch) return this.branches(depth);
    // A throw beside other branches would make the order of commands depend on it.
    if (mayBranch && random.chance(this.shape.failures)) return this.failing();
    return { kind: "await", operation: this.run() };
  }

  private group(depth: number): Step {
    const { random, shape } = this;
    const mode = random.pick(MODES);
    const wide = depth > 0 && random.chance(0.15) && this.nodes.length < shape.nodesMax;
    const count = wide ? random.between(5, shape.fanOutMax) : random.between(1, 4);
    const operations = Array.from({ length: count }, () =>
      wide ? this.call(0) : this.operation(depth),
    );
    return { kind: "group", mode, operations };
  }

  private send(depth: number): Step {
    const { random } = this;
    const delayMs = random.chance(0.5) ? random.between(1, this.shape.sleepMsMax) : 0;
    return { kind: "send", node: this.callee(depth - 1), delayMs, awaitsId: random.chance(0.3) };
  }

  private branches(depth: number): Step {
    const { random } = this;
    const branches = Array.from({ length: random.between(2, 3) }, () =>
      this.steps(random.between(1, 2), Math.min(1, depth), false),
    );
    return { kind: "branches", branches };
  }

  private failing(): Step {
    const { random } = this;
    const retryAfterMs = random.chance(0.5) ? random.between(1, 200) : undefined;
    return { kind: "throw", times: random.between(1, 2), retryAfterMs };
  }

  private mayCall(depth: number): boolean {
    return depth > 0 && this.nodes.length < this.shape.nodesMax;
  }

  private operation(depth: number): Operation {
    const { random } = this;
    const kind = random.below(10);
    if (kind < 5 && this.mayCall(depth)) return this.call(depth - 1);
    if (kind < 7) return { kind: "sleep", ms: this.sleepMs() };
    return this.run();
  }

  private sleepMs(): number {
    const { random } = this;
    return random.chance(0.3) ? random.below(5) : random.between(1, this.shape.sleepMsMax);
  }

  private call(depth: number): Operation {
    return { kind: "call", node: this.callee(depth) };
  }

  private callee(depth: number): number {
    const { random, shared } = this;
    if (shared.length > 0 && random.chance(0.25)) return random.pick(shared);
    return this.node(depth);
  }

  private run(): Operation {
    const { random, shape } = this;
    return {
      kind: "run",
      value: random.below(1000),
      failures: random.chance(shape.failures) ? random.between(1, 2) : 0,
      failWith: random.chance(0.5) ? "error" : "retryable",
      terminal: random.chance(0.08),
      ms: random.chance(0.3) ? random.between(1, 80) : 0,
      padding: shape.largePayloads && random.chance(0.05) ? HUGE_BYTES : 0,
    };
  }
}
