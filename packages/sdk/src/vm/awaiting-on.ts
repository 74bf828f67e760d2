/**
 * When to tell a version 7 server what an open attempt awaits.
 *
 * The server holds results back until the last tree that it knows can make progress. So a tree must
 * be sent when something new is awaited while nothing of the last tree has settled. Otherwise the
 * tree that the server has is resolvable already and hides nothing; a new one is a courtesy, and
 * bounded: beyond 64 leaves it must be covered by a credit, which grows by 1 for each completion
 * that a command declares and by 8 for each result that arrives. So all trees of an attempt
 * together are linear in its journal, and the first `all` over fresh calls is still told at once.
 * The same tree is never sent twice.
 */
import type { AwaitingOnMessage, Future } from "@rejoin/protocol";
import type { AwaitNode } from "./await-node.ts";
import {
  type AlwaysAwaited,
  buildFuture,
  countLeaves,
  equalFutures,
  hasMoreLeavesThan,
} from "./await-tree.ts";

export const SMALL_TREE_LEAVES = 64;
/** Leaves that may be repeated for each result that has arrived. */
export const LEAVES_PER_ARRIVAL = 8;

export class AwaitingOn {
  readonly #always: AlwaysAwaited;
  #sent: Future | undefined = undefined;
  #sentExecuting = false;
  #credit = 0;
  #changed = false;
  #rootAdded = false;
  #rootSettled = false;

  constructor(always: AlwaysAwaited) {
    this.#always = always;
  }

  /** A command has declared a completion. */
  leafDeclared(): void {
    this.#credit++;
  }

  /** Something that is awaited has settled. */
  leafSettled(): void {
    this.#credit += LEAVES_PER_ARRIVAL;
    this.#changed = true;
  }

  rootAdded(): void {
    this.#rootAdded = true;
  }

  rootSettled(): void {
    this.#rootSettled = true;
  }

  /** The message that is due, if any. `executing` says that closures are running. */
  due(roots: ReadonlySet<AwaitNode>, executing: boolean): AwaitingOnMessage | undefined {
    if (!this.#isDue(roots, executing)) return undefined;
    const awaitingOn = buildFuture(roots, this.#always);
    this.#rootAdded = false;
    this.#rootSettled = false;
    this.#changed = false;
    if (this.#isSame(awaitingOn, executing)) return undefined;
    const leaves = countLeaves(awaitingOn);
    if (leaves > SMALL_TREE_LEAVES) this.#credit = Math.max(0, this.#credit - leaves);
    this.#sent = awaitingOn;
    this.#sentExecuting = executing;
    return { kind: "awaitingOn", awaitingOn, executingSideEffects: executing };
  }

  #isDue(roots: ReadonlySet<AwaitNode>, executing: boolean): boolean {
    if (this.#sent === undefined) return true;
    if (this.#rootAdded && !this.#rootSettled) return true;
    // The server must learn that nothing runs any more: until then the attempt holds its slot.
    if (this.#sentExecuting && !executing) return true;
    if (!this.#rootAdded && !this.#changed && executing === this.#sentExecuting) return false;
    return !hasMoreLeavesThan(Math.max(SMALL_TREE_LEAVES, this.#credit), roots);
  }

  #isSame(awaitingOn: Future, executing: boolean): boolean {
    return (
      this.#sent !== undefined &&
      executing === this.#sentExecuting &&
      equalFutures(this.#sent, awaitingOn)
    );
  }
}
