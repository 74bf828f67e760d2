/** The awaited tree as the server sees it: what is pending, without what has settled. */
import { CANCEL_SIGNAL_INDEX, Combinator, type Future } from "@rejoin/protocol";
import { type AwaitNode, LeafNode } from "./await-node.ts";
import { InnerNode } from "./combinators.ts";

/** What always lets the handler go on: a cancellation, unless user code awaits that itself. */
export type AlwaysAwaited = readonly [typeof CANCEL_SIGNAL_INDEX] | readonly [];

/**
 * The tree over everything that is awaited at this moment: any of it, or what is `always` awaited,
 * lets the handler go on.
 */
export function buildFuture(roots: Iterable<AwaitNode>, always: AlwaysAwaited): Future {
  return orCancellation(toFuture(Combinator.firstCompleted, roots, [...always]));
}

/** The leaves of {@link buildFuture} alone, for servers before version 7: any of them. */
export function buildFlatFuture(roots: Iterable<AwaitNode>, always: AlwaysAwaited): Future {
  const completions = new Set<number>();
  const signals = new Set<number>(always);
  const namedSignals = new Set<string>();
  for (const { id, signal } of leavesOf(roots)) {
    if (signal === undefined) completions.add(id);
    else if (typeof signal === "number") signals.add(signal);
    else namedSignals.add(signal);
  }
  return orCancellation({
    combinator: Combinator.unknown,
    completions: [...completions],
    signals: [...signals],
    namedSignals: [...namedSignals],
    nested: [],
  });
}

/** A server must be told something: whoever awaits what never settles awaits a cancellation. */
function orCancellation(future: Future): Future {
  return isEmpty(future) ? { ...future, signals: [CANCEL_SIGNAL_INDEX] } : future;
}

/** Whether there are more than `max` pending leaves below `roots`; looks at no more than that. */
export function hasMoreLeavesThan(max: number, roots: ReadonlySet<AwaitNode>): boolean {
  return roots.size > max || spend(max, roots) < 0;
}

/** What is left of `budget` after one for each pending leaf; below zero as soon as it is short. */
function spend(budget: number, nodes: Iterable<AwaitNode>): number {
  let left = budget;
  for (const node of nodes) {
    if (node.settled) continue;
    if (node instanceof InnerNode) {
      // Every pending child stands for one leaf at least, and their number is at hand.
      if (node.pendingCount > left) return -1;
      left = spend(left, node.pendingChildren());
    } else {
      left--;
    }
    if (left < 0) return left;
  }
  return left;
}

export function* leavesOf(nodes: Iterable<AwaitNode>): Iterable<LeafNode> {
  for (const node of nodes) {
    if (node.settled) continue;
    if (node instanceof LeafNode) yield node;
    else if (node instanceof InnerNode) yield* leavesOf(node.pendingChildren());
  }
}

/** How many leaves a future has. */
export function countLeaves(future: Future): number {
  let count = future.completions.length + future.signals.length + future.namedSignals.length;
  for (const nested of future.nested) count += countLeaves(nested);
  return count;
}

export function equalFutures(a: Future, b: Future): boolean {
  return (
    a.combinator === b.combinator &&
    equalLists(a.completions, b.completions) &&
    equalLists(a.signals, b.signals) &&
    equalLists(a.namedSignals, b.namedSignals) &&
    a.nested.length === b.nested.length &&
    a.nested.every((nested, index) => equalFutures(nested, b.nested[index] ?? nested))
  );
}

function toFuture(combinator: Combinator, nodes: Iterable<AwaitNode>, signals: number[]): Future {
  const completions: number[] = [];
  const namedSignals: string[] = [];
  const nested: Future[] = [];
  for (const node of nodes) {
    if (node.settled) continue;
    if (node instanceof LeafNode) {
      const { signal } = node;
      if (signal === undefined) completions.push(node.id);
      else if (typeof signal === "number") signals.push(signal);
      else namedSignals.push(signal);
    } else if (node instanceof InnerNode) {
      const inner = toFuture(node.combinator, node.pendingChildren(), []);
      if (!isEmpty(inner)) nested.push(inner);
    }
  }
  return { combinator, completions, signals, namedSignals, nested };
}

function isEmpty({ completions, signals, namedSignals, nested }: Future): boolean {
  return completions.length + signals.length + namedSignals.length + nested.length === 0;
}

function equalLists<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
