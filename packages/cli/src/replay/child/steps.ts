/** Notes what a handler does, with the lines where it does it. */
import type { Command } from "@rejoin/protocol";
import type { ReplayAwait, ReplayDivergence, ReplayStand, ReplayStep } from "@rejoin/sdk";
import type { AwaitReport, DivergenceReport, StandReport, StepReport } from "../report.ts";
import type { RecordedJournal } from "./journal.ts";
import type { Locations, Taken } from "./locations.ts";
import { showCommand, typeOf } from "./shown-values.ts";

/** So many commands have the line where they are issued: a stack takes memory. */
const LOCATED_MAX = 2000;

export class Steps {
  readonly #journal: RecordedJournal;
  readonly #locations: Locations;
  readonly #onStep: (step: StepReport) => void;
  readonly #steps: StepReport[] = [];
  readonly #issued = new Map<number, Taken>();
  readonly #awaits = new WeakMap<object, Taken>();

  constructor(
    journal: RecordedJournal,
    locations: Locations,
    onStep: (step: StepReport) => void = () => undefined,
  ) {
    this.#journal = journal;
    this.#locations = locations;
    this.#onStep = onStep;
  }

  get last(): StepReport | undefined {
    return this.#steps.at(-1);
  }

  /** With their lines: to find them is dear, so once. */
  report(): readonly StepReport[] {
    return this.#steps.map((step) => ({ ...step, ...this.#at(step.command_index) }));
  }

  issued({ commandIndex, command, title, isRecorded }: ReplayStep): void {
    if (this.#issued.size < LOCATED_MAX) this.#issued.set(commandIndex, this.#locations.take());
    this.#add(command, title, commandIndex, isRecorded ? "recorded" : "new");
  }

  awaited(node: object): void {
    this.#awaits.set(node, this.#locations.takeAwait());
  }

  /** Called where the two part. */
  diverged(divergence: ReplayDivergence): DivergenceReport {
    const { commandIndex, expected, expectedTitle, actual, actualTitle } = divergence;
    const taken = this.#locations.take();
    if (actual !== undefined) {
      this.#issued.set(commandIndex, taken);
      this.#add(actual, actualTitle ?? "", commandIndex, "differs");
    }
    const entryIndex = this.#journal.commandAt(commandIndex)?.entryIndex;
    return {
      command_index: commandIndex,
      ...(entryIndex === undefined ? {} : { entry_index: entryIndex }),
      ...(expected === undefined ? {} : { expected: showCommand(expected, expectedTitle ?? "") }),
      ...(actual === undefined ? {} : { actual: showCommand(actual, actualTitle ?? "") }),
      differences: divergence.differences,
      awaiting: divergence.awaiting.map((own) => this.#showAwait(own)),
      stack: actual === undefined ? [] : this.#locations.frames(taken),
    };
  }

  showStand({ awaiting, heldRuns }: ReplayStand): StandReport {
    return {
      awaiting: awaiting.map((own) => this.#showAwait(own)),
      would_execute: heldRuns.map(({ name, commandIndex }) => ({
        name,
        command_index: commandIndex,
        ...this.#at(commandIndex),
      })),
    };
  }

  #add(command: Command, title: string, index: number, match: StepReport["match"]): void {
    const recorded = match === "new" ? undefined : this.#journal.commandAt(index);
    const outcome = match === "recorded" ? this.#journal.outcomeOf(command) : undefined;
    const step: StepReport = {
      command_index: index,
      ...(recorded === undefined ? {} : { entry_index: recorded.entryIndex }),
      title,
      type: typeOf(command.kind),
      ...(command.name === "" ? {} : { name: command.name }),
      match,
      ...(outcome === undefined ? {} : { outcome }),
    };
    this.#steps.push(step);
    this.#onStep(step);
  }

  #showAwait({ node, count, leaves }: ReplayAwait): AwaitReport {
    return {
      count,
      results: leaves.map(({ title, commandIndex }) => ({
        title,
        ...(commandIndex === undefined ? {} : { command_index: commandIndex }),
        ...(commandIndex === undefined ? {} : this.#at(commandIndex)),
      })),
      stack: this.#locations.frames(this.#awaits.get(node)),
    };
  }

  #at(commandIndex: number): { readonly at?: string } {
    const at = this.#locations.line(this.#issued.get(commandIndex));
    return at === undefined ? {} : { at };
  }
}
