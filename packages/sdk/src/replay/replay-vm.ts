/**
 * The state machine of an attempt that is only looked at: it tells what happens, and leaves the
 * closures of runs alone unless it is told to execute them.
 */
import { type Command, FIRST_USER_SIGNAL_INDEX } from "@rejoin/protocol";
import { AttemptError } from "../vm/attempt-failure.ts";
import type { AwaitNode, LeafNode } from "../vm/await-node.ts";
import { leavesOf } from "../vm/await-tree.ts";
import { COMMANDS, describeCommand } from "../vm/command-info.ts";
import { differingFields } from "../vm/compare-commands.ts";
import type { RunHandle } from "../vm/runs.ts";
import { type Step, Vm, type VmHost, type VmPolicy } from "../vm/vm.ts";
import type { ReplayAwait, ReplayLeaf, ReplayObserver, ReplayRun } from "./replay-observer.ts";

export interface ReplayVmOptions {
  readonly observer: ReplayObserver;
  /** Execute the closures of runs that have no recorded result. */
  readonly execute: boolean;
}

/** How many results of one await are described. */
const LEAVES_MAX = 20;

export class ReplayVm extends Vm {
  readonly #observer: ReplayObserver;
  readonly #execute: boolean;
  readonly #awaited = new Set<AwaitNode>();
  #runs: RunHandle[] = [];
  #diverged = false;

  constructor(policy: VmPolicy, host: VmHost, { observer, execute }: ReplayVmOptions) {
    super(policy, host);
    this.#observer = observer;
    this.#execute = execute;
  }

  override issue(command: Command): boolean {
    const expected = this.peekCommand();
    const commandIndex = this.commandIndex + 1;
    let isRecorded: boolean;
    try {
      isRecorded = super.issue(command);
    } catch (error) {
      this.#differs(error, expected, command, commandIndex);
      throw error;
    }
    this.#observer.issued({ commandIndex, command, title: describeCommand(command), isRecorded });
    return isRecorded;
  }

  override complete(result: Parameters<Vm["complete"]>[0]): void {
    try {
      super.complete(result);
    } catch (error) {
      const output = { kind: "output", name: "", result } as const;
      this.#differs(error, this.peekCommand(), output, this.commandIndex + 1);
      throw error;
    }
  }

  override step(): Step {
    try {
      return super.step();
    } catch (error) {
      this.#differs(error, this.peekCommand(), undefined, this.commandIndex + 1);
      throw error;
    }
  }

  override await(node: AwaitNode): void {
    this.#awaited.add(node);
    this.#observer.awaited(node);
    super.await(node);
  }

  override takeResolved(): readonly AwaitNode[] {
    const nodes = super.takeResolved();
    for (const node of nodes) this.#awaited.delete(node);
    return nodes;
  }

  override takeRoots(): readonly AwaitNode[] {
    const nodes = super.takeRoots();
    for (const node of nodes) this.#awaited.delete(node);
    return nodes;
  }

  override registerRun(run: RunHandle): void {
    this.#runs.push(run);
    super.registerRun(run);
  }

  override startRuns(): readonly RunHandle[] {
    return this.#execute ? super.startRuns() : [];
  }

  override rest(): void {
    super.rest();
    const awaiting = this.#awaiting();
    if (awaiting.length === 0 || this.replaying || this.phase !== "live") return;
    this.#observer.rested({ awaiting, heldRuns: this.#heldRuns() });
  }

  #awaiting(): readonly ReplayAwait[] {
    return [...this.#awaited].filter((node) => !node.settled).map(toAwait);
  }

  #heldRuns(): readonly ReplayRun[] {
    this.#runs = this.#runs.filter(({ leaf }) => !leaf.settled);
    if (this.#execute) return [];
    return this.#runs.map(({ name, commandIndex, replayed }) => {
      return { name, commandIndex, isRecorded: replayed };
    });
  }

  /** Tells it once: what ends the attempt may pass by here on its way out. */
  #differs(
    error: unknown,
    expected: Command | undefined,
    actual: Command | undefined,
    commandIndex: number,
  ): void {
    if (this.#diverged || !(error instanceof AttemptError)) return;
    this.#diverged = true;
    const isAlike = expected !== undefined && expected.kind === actual?.kind;
    this.#observer.diverged({
      commandIndex,
      expected,
      expectedTitle: expected && describeCommand(expected),
      actual,
      actualTitle: actual && describeCommand(actual),
      differences: isAlike ? differingFields(expected, actual) : [],
      awaiting: this.#awaiting(),
    });
  }
}

function toAwait(node: AwaitNode): ReplayAwait {
  const leaves: ReplayLeaf[] = [];
  let count = 0;
  for (const leaf of leavesOf([node])) {
    if (count++ < LEAVES_MAX) leaves.push(toLeaf(leaf));
  }
  return { node, count, leaves };
}

function toLeaf({ id, signal, command }: LeafNode): ReplayLeaf {
  if (signal !== undefined) {
    return { title: describeSignal(signal), kind: "signal", commandIndex: undefined };
  }
  if (command === undefined) {
    return { title: `completion ${id}`, kind: undefined, commandIndex: undefined };
  }
  const { kind, index, name } = command;
  const named = name === undefined || name === "" ? "" : ` '${name}'`;
  return { title: `${COMMANDS[kind].title}${named}`, kind, commandIndex: index };
}

function describeSignal(signal: number | string): string {
  if (typeof signal === "string") return `signal '${signal}'`;
  return signal >= FIRST_USER_SIGNAL_INDEX ? `awakeable (signal ${signal})` : `signal ${signal}`;
}
