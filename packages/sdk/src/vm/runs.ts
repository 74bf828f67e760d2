/**
 * The runs of an attempt that have no recorded result yet.
 *
 * A closure is started when something is awaited and the journal has nothing more to deliver; its
 * result is proposed, and becomes visible only when the server has stored it: in version 7 by an
 * acknowledgement (the proposed value is kept until then), before that by a run completion.
 */
import type { Outcome } from "@rejoin/protocol";
import type { LeafNode } from "./await-node.ts";

/** A run as the context sees it. */
export interface RunHandle {
  readonly leaf: LeafNode;
  readonly name: string;
  readonly commandIndex: number;
  /** The command stood in the journal: the closure may have been tried before. */
  readonly replayed: boolean;
  /** Executes the closure; opaque here. */
  readonly execute: () => void;
}

export class Runs {
  #unstarted: RunHandle[] = [];
  readonly #proposed = new Map<number, Outcome>();
  #executing = 0;

  /** Closures that have been started and have not ended. */
  get executing(): number {
    return this.#executing;
  }

  /** Registered, without a result, and not started. */
  get unstarted(): readonly RunHandle[] {
    return this.#unstarted.filter((run) => !run.leaf.settled);
  }

  register(run: RunHandle): void {
    this.#unstarted.push(run);
  }

  /** Everything whose closure has to be started now. */
  start(): readonly RunHandle[] {
    if (this.#unstarted.length === 0) return [];
    const runs = this.unstarted;
    this.#unstarted = [];
    this.#executing += runs.length;
    return runs;
  }

  /** A closure has ended, whatever its result. */
  ended(): void {
    this.#executing--;
  }

  /** Keeps a proposed result until it is acknowledged. */
  propose(completionId: number, outcome: Outcome): void {
    this.#proposed.set(completionId, outcome);
  }

  acknowledged(completionId: number): Outcome | undefined {
    const outcome = this.#proposed.get(completionId);
    this.#proposed.delete(completionId);
    return outcome;
  }
}
