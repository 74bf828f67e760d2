/**
 * What can be awaited, as a graph that settles from the leaves upwards.
 *
 * A node settles once, at a journal position (`order`). It then tells its parents, which count: no
 * node ever looks at all its children again, so a result costs O(1) per combinator above it and
 * resolving one of 20,000 children of an `all` is a decrement. A node watches its children only
 * from `activate` on, that is from the first await of it or of something above it.
 */
import type { NotificationResult } from "@rejoin/protocol";
import type { RelatedCommand } from "./attempt-failure.ts";

/** The `order` of what has not settled. */
export const PENDING = -1;
/** The `order` of constants: before everything in the journal. */
export const FROM_THE_START = 0;

/** What hears of a settled child. */
export interface Parent {
  /** True when it has no more interest, so that a long-lived child can forget it. */
  readonly settled: boolean;
  childSettled(child: AwaitNode): void;
}

/** What hears of a settled node that is itself being awaited. */
export interface Observer {
  nodeSettled(node: AwaitNode): void;
}

/** A list of parents is tidied when it has grown to this many times what it was. */
const TIDY_FACTOR = 2;
const TIDY_LENGTH_MIN = 16;

export abstract class AwaitNode implements Parent {
  /** Journal position of what settled this node, or {@link PENDING}. */
  order: number = PENDING;
  /** Once settled: whether as a failure. */
  failed = false;
  /** Set on a node that is itself being awaited. */
  observer: Observer | undefined = undefined;
  #parents: Parent | Parent[] | undefined = undefined;
  #tidyLength = TIDY_LENGTH_MIN;

  get settled(): boolean {
    return this.order !== PENDING;
  }

  /** Whether anybody waits for this node, directly or above it. */
  get watched(): boolean {
    return this.#parents !== undefined || this.observer !== undefined;
  }

  /** Starts to watch the children; the node may settle in this call. */
  activate(): void {}

  childSettled(_child: AwaitNode): void {}

  addParent(parent: Parent): void {
    if (this.#parents === undefined) {
      this.#parents = parent;
    } else if (Array.isArray(this.#parents)) {
      this.#parents.push(parent);
      if (this.#parents.length > this.#tidyLength) this.#tidy(this.#parents);
    } else {
      this.#parents = [this.#parents, parent];
    }
  }

  /** Settles this node and whatever that decides above it. Does nothing the second time. */
  settle(order: number, failed: boolean): void {
    if (this.settled) return;
    this.order = order;
    this.failed = failed;
    const parents = this.#parents;
    this.#parents = undefined;
    if (Array.isArray(parents)) {
      for (const parent of parents) parent.childSettled(this);
    } else if (parents !== undefined) {
      parents.childSettled(this);
    }
    const observer = this.observer;
    if (observer !== undefined) {
      this.observer = undefined;
      observer.nodeSettled(this);
    }
  }

  #tidy(parents: Parent[]): void {
    const live = parents.filter((parent) => !parent.settled);
    this.#parents = live;
    this.#tidyLength = Math.max(TIDY_LENGTH_MIN, live.length * TIDY_FACTOR);
  }
}

/** A completion or a signal: settled by the journal. */
export class LeafNode extends AwaitNode {
  /** The completion id; 0 for signals, and for what this side has answered itself. */
  readonly id: number;
  /** The index or the name of the signal. */
  readonly signal: number | string | undefined;
  result: NotificationResult | undefined = undefined;
  /** The command that declared the completion, once somebody wants it. */
  command: RelatedCommand | undefined = undefined;

  constructor(id: number, signal?: number | string) {
    super();
    this.id = id;
    this.signal = signal;
  }

  settleWith(result: NotificationResult, order: number): void {
    if (this.settled) return;
    this.result = result;
    this.settle(order, result.kind === "failure");
  }
}

/** A leaf that has settled, whatever with. */
export function createDeliveredLeaf(): LeafNode {
  const leaf = new LeafNode(0);
  leaf.settle(FROM_THE_START, false);
  return leaf;
}

/** Settled from the outside or from the start: constants, and what never settles. */
export class FreeNode extends AwaitNode {}

export function createSettledNode(failed: boolean): FreeNode {
  const node = new FreeNode();
  node.settle(FROM_THE_START, failed);
  return node;
}
