/** The inner nodes: combinators, timeouts, mapped promises. See `await-node.ts` for the rules. */
import { Combinator } from "@rejoin/protocol";
import { AwaitNode, FROM_THE_START } from "./await-node.ts";

export type CombinatorMode = "all" | "allSettled" | "any" | "race";

interface ModeRules {
  readonly combinator: Combinator;
  /** Whether this child settles the whole at once. */
  decides(child: AwaitNode): boolean;
  /** Whether the whole has failed when all children settled and none decided. */
  readonly failsWhenExhausted: boolean;
}

const MODES: Readonly<Record<CombinatorMode, ModeRules>> = {
  all: {
    combinator: Combinator.allSucceededOrFirstFailed,
    decides: (child) => child.failed,
    failsWhenExhausted: false,
  },
  allSettled: {
    combinator: Combinator.allCompleted,
    decides: () => false,
    failsWhenExhausted: false,
  },
  any: {
    combinator: Combinator.firstSucceededOrAllFailed,
    decides: (child) => !child.failed,
    failsWhenExhausted: true,
  },
  race: {
    combinator: Combinator.firstCompleted,
    decides: () => true,
    failsWhenExhausted: false,
  },
};

/** A node with children, as the awaited tree sees it. */
export abstract class InnerNode extends AwaitNode {
  abstract readonly combinator: Combinator;
  /** How many children have not settled. */
  abstract readonly pendingCount: number;
  /** Children that have not settled. Amortised: a call scans what the last one returned. */
  abstract pendingChildren(): readonly AwaitNode[];
}

export class CombinatorNode extends InnerNode {
  readonly children: readonly AwaitNode[];
  /** The child that decided; `undefined` when all of them together did. */
  winner: AwaitNode | undefined = undefined;
  readonly #rules: ModeRules;
  /** A failure, whatever the child's own outcome: the timer of `orTimeout`. */
  readonly #timer: AwaitNode | undefined;
  readonly #combinator: Combinator;
  #remaining: number;
  #pending: readonly AwaitNode[];
  #active = false;

  constructor(mode: CombinatorMode, children: readonly AwaitNode[], timer?: AwaitNode) {
    super();
    this.#rules = MODES[mode];
    this.children = children;
    this.#timer = timer;
    this.#combinator = timer === undefined ? this.#rules.combinator : Combinator.unknown;
    this.#remaining = children.length;
    this.#pending = children;
  }

  get combinator(): Combinator {
    return this.#combinator;
  }

  get pendingCount(): number {
    return this.#remaining;
  }

  override activate(): void {
    if (this.#active) return;
    this.#active = true;
    const settledCount = this.#activateChildren();
    if (settledCount > 0) this.#decideFromSettled();
    if (this.settled) return;
    this.#remaining -= settledCount;
    if (this.#remaining === 0) {
      if (this.#rules !== MODES.race) this.#exhausted(lastOrder(this.children));
      return;
    }
    for (const child of this.children) if (!child.settled) child.addParent(this);
  }

  override childSettled(child: AwaitNode): void {
    if (this.settled) return;
    this.#remaining--;
    if (this.#rules.decides(child)) this.#decide(child);
    else if (this.#remaining === 0) this.#exhausted(child.order);
  }

  pendingChildren(): readonly AwaitNode[] {
    if (this.#pending.length !== this.#remaining || !this.#active) {
      this.#pending = this.#pending.filter((child) => !child.settled);
    }
    return this.#pending;
  }

  #activateChildren(): number {
    let settledCount = 0;
    for (const child of this.children) {
      child.activate();
      if (child.settled) settledCount++;
    }
    return settledCount;
  }

  /** Of the children that settled before anybody watched, the first in the journal counts. */
  #decideFromSettled(): void {
    let first: AwaitNode | undefined;
    for (const child of this.children) {
      if (!child.settled || !this.#rules.decides(child)) continue;
      if (first === undefined || child.order < first.order) first = child;
    }
    if (first !== undefined) this.#decide(first);
  }

  #decide(child: AwaitNode): void {
    this.winner = child;
    this.settle(child.order, child === this.#timer || child.failed);
  }

  #exhausted(order: number): void {
    this.settle(order, this.#rules.failsWhenExhausted);
  }
}

function lastOrder(children: readonly AwaitNode[]): number {
  let last = FROM_THE_START;
  for (const child of children) if (child.order > last) last = child.order;
  return last;
}

/**
 * The outcome of one child after user code has looked at it. `transform` runs at most once and
 * says whether the outcome is a failure; `undefined` means that it will call `settle` later.
 */
export class MappedNode extends InnerNode {
  readonly combinator = Combinator.unknown;
  readonly #child: AwaitNode;
  readonly #transform: (child: AwaitNode) => boolean | undefined;
  #active = false;

  constructor(child: AwaitNode, transform: (child: AwaitNode) => boolean | undefined) {
    super();
    this.#child = child;
    this.#transform = transform;
  }

  override activate(): void {
    if (this.#active) return;
    this.#active = true;
    this.#child.activate();
    if (this.#child.settled) this.childSettled(this.#child);
    else this.#child.addParent(this);
  }

  override childSettled(child: AwaitNode): void {
    const failed = this.#transform(child);
    if (failed !== undefined) this.settle(child.order, failed);
  }

  get pendingCount(): number {
    return this.#child.settled ? 0 : 1;
  }

  pendingChildren(): readonly AwaitNode[] {
    return this.#child.settled ? [] : [this.#child];
  }
}
