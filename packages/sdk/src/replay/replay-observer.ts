/** What a replay tells whoever looks at it. */
import type { Command } from "@rejoin/protocol";
import type { CommandKind } from "../vm/command-info.ts";

/** @internal Called while it happens, on the stack of what does it. */
export interface ReplayObserver {
  /** User code has issued a command. */
  issued(step: ReplayStep): void;
  /** User code awaits something that is pending. `node` is the same one in {@link ReplayAwait}. */
  awaited(node: object): void;
  /** User code does something else than the journal records; the attempt ends by it. */
  diverged(divergence: ReplayDivergence): void;
  /** User code only awaits, and the journal has nothing more for it. Perhaps more than once. */
  rested(stand: ReplayStand): void;
}

/** @internal */
export interface ReplayStep {
  /** Counts commands; the input is 0. */
  readonly commandIndex: number;
  readonly command: Command;
  /** In words: `call worker/run 'name'`. */
  readonly title: string;
  /** The journal has the same; else it is new, and nobody answers it. */
  readonly isRecorded: boolean;
}

/** @internal */
export interface ReplayDivergence {
  readonly commandIndex: number;
  /** What the journal records; nothing if it has ended. */
  readonly expected: Command | undefined;
  readonly expectedTitle: string | undefined;
  /** What user code has issued instead; nothing if it only awaits. */
  readonly actual: Command | undefined;
  readonly actualTitle: string | undefined;
  /** One line per field, if the two are of one kind. */
  readonly differences: readonly string[];
  /** What is awaited instead. */
  readonly awaiting: readonly ReplayAwait[];
}

/** @internal Where user code stands. */
export interface ReplayStand {
  readonly awaiting: readonly ReplayAwait[];
  /** Runs whose closures would be executed now. */
  readonly heldRuns: readonly ReplayRun[];
}

/** @internal One await of user code. */
export interface ReplayAwait {
  readonly node: object;
  /** How many results it waits for, and the first of them. */
  readonly count: number;
  readonly leaves: readonly ReplayLeaf[];
}

/** @internal A result that is not there yet. */
export interface ReplayLeaf {
  /** In words: `sleep 'nap'`, `awakeable`. */
  readonly title: string;
  readonly kind: CommandKind | "signal" | undefined;
  /** Of the command that it completes. */
  readonly commandIndex: number | undefined;
}

/** @internal */
export interface ReplayRun {
  readonly name: string;
  readonly commandIndex: number;
  /** The command is in the journal, and its result is not. */
  readonly isRecorded: boolean;
}
