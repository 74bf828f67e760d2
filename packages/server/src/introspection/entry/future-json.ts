/** What an invocation awaits, as the tables write it: combinators over single completions and signals. */
import type { AwaitTree } from "@rejoin/engine";
import { Combinator } from "@rejoin/protocol";

export type FutureJson =
  | { readonly Single: { readonly CompletionId: number } }
  | { readonly Single: { readonly SignalIndex: number } }
  | { readonly Single: { readonly SignalName: string } }
  | { readonly [combinator: string]: readonly FutureJson[] };

const COMBINATORS: Readonly<Record<Combinator, string>> = {
  [Combinator.unknown]: "Unknown",
  [Combinator.firstCompleted]: "FirstCompleted",
  [Combinator.allCompleted]: "AllCompleted",
  [Combinator.firstSucceededOrAllFailed]: "FirstSucceededOrAllFailed",
  [Combinator.allSucceededOrFirstFailed]: "AllSucceededOrFirstFailed",
};

/** A tree has at most so many leaves as JSON: a fan-out of a hundred thousand is told from there. */
const LEAVES_MAX = 1000;

export function toFutureJson(tree: AwaitTree): FutureJson {
  return toNode(tree, { leaves: LEAVES_MAX });
}

function toNode(tree: AwaitTree, budget: { leaves: number }): FutureJson {
  const children: FutureJson[] = [];
  const add = (leaf: FutureJson) => {
    budget.leaves -= 1;
    children.push(leaf);
  };
  for (const id of idsOf(tree.completions, budget)) add({ Single: { CompletionId: id } });
  for (const id of idsOf(tree.signals, budget)) add({ Single: { SignalIndex: id } });
  for (const name of tree.namedSignals) {
    if (budget.leaves > 0) add({ Single: { SignalName: name } });
  }
  for (const nested of tree.nested) {
    if (budget.leaves > 0) children.push(toNode(nested, budget));
  }
  return { [COMBINATORS[tree.combinator]]: children };
}

function* idsOf(runs: AwaitTree["completions"], budget: { readonly leaves: number }) {
  for (const { start, count, stride } of runs) {
    for (let i = 0; i < count && budget.leaves > 0; i++) yield start + i * stride;
  }
}
