/** The results of programs, known without running them. */
import { mix, nodeOf, type Operation, type Outcome, type Program, type Step } from "./program.ts";

/** What steps add whose value depends on timing. */
export const CONSTANTS = {
  timeout: 11,
  race: 13,
  any: 17,
  failed: 19,
  send: 5,
  thrown: 3,
} as const;
/** The code of a run's own terminal failure. */
export const RUN_FAILURE_CODE = 418;

export class Predictor {
  private readonly program: Program;
  private readonly known = new Map<number, Outcome>();

  constructor(program: Program) {
    this.program = program;
  }

  node(id: number): Outcome {
    const known = this.known.get(id);
    if (known !== undefined) return known;
    const { failsWith, steps } = nodeOf(this.program, id);
    const outcome: Outcome =
      failsWith === undefined
        ? { ok: true, value: this.steps(steps) }
        : { ok: false, code: failsWith };
    this.known.set(id, outcome);
    return outcome;
  }

  operation(operation: Operation): Outcome {
    switch (operation.kind) {
      case "run":
        return operation.terminal
          ? { ok: false, code: RUN_FAILURE_CODE }
          : { ok: true, value: operation.value };
      case "sleep":
        return { ok: true, value: 0 };
      case "call":
        return this.node(operation.node);
    }
  }

  /** What operations that are awaited together add. */
  group(step: Extract<Step, { kind: "group" }>): number {
    const outcomes = step.operations.map((operation) => this.operation(operation));
    switch (step.mode) {
      case "race":
        return CONSTANTS.race;
      case "any":
        return outcomes.some(({ ok }) => ok) ? CONSTANTS.any : CONSTANTS.failed;
      case "all":
        return outcomes.every(({ ok }) => ok) ? sumInOrder(outcomes) : CONSTANTS.failed;
      case "allSettled":
        return sumInOrder(outcomes);
      case "order":
        return outcomes.reduce((sum, outcome) => (sum + contributionOf(outcome)) >>> 0, 0);
    }
  }

  private steps(steps: readonly Step[]): number {
    return steps.reduce((sum, step) => mix(sum, this.step(step)), 0);
  }

  private step(step: Step): number {
    switch (step.kind) {
      case "await":
        return contributionOf(this.operation(step.operation));
      case "timeout":
        return CONSTANTS.timeout;
      case "group":
        return this.group(step);
      case "send":
        return CONSTANTS.send;
      case "throw":
        return CONSTANTS.thrown;
      case "branches":
        return step.branches.reduce((sum, branch) => mix(sum, this.steps(branch)), 0);
    }
  }
}

/** What an outcome adds to the result of the node that awaits it. */
export function contributionOf(outcome: Outcome): number {
  return outcome.ok ? outcome.value : outcome.code * 7 + 3;
}

export function sumInOrder(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, outcome) => mix(sum, contributionOf(outcome)), 0);
}
