/** An await tree as JSON, bounded whatever its size. */
import type { AwaitTree } from "@rejoin/engine";
import { Combinator } from "@rejoin/protocol";
import type { AwaitingResource } from "../schemas/invocation.ts";

const COMBINATORS: Readonly<Record<Combinator, string>> = {
  [Combinator.unknown]: "unknown",
  [Combinator.firstCompleted]: "first_completed",
  [Combinator.allCompleted]: "all_completed",
  [Combinator.firstSucceededOrAllFailed]: "first_succeeded_or_all_failed",
  [Combinator.allSucceededOrFirstFailed]: "all_succeeded_or_first_failed",
};
const NODES_MAX = 200;
const DEPTH_MAX = 50;
const IDS_SHOWN_MAX = 100;

interface Budget {
  nodes: number;
}

export function toAwaiting(tree: AwaitTree): AwaitingResource {
  return toNode(tree, { nodes: NODES_MAX }, 0);
}

function toNode(tree: AwaitTree, budget: Budget, depth: number): AwaitingResource {
  const nested: AwaitingResource[] = [];
  for (const child of tree.nested) {
    if (budget.nodes <= 0 || depth >= DEPTH_MAX) break;
    budget.nodes -= 1;
    nested.push(toNode(child, budget, depth + 1));
  }
  return {
    combinator: COMBINATORS[tree.combinator],
    completions: toIds(tree.completions),
    signals: toIds(tree.signals),
    signal_names: tree.namedSignals.slice(0, IDS_SHOWN_MAX),
    nested,
    ...(nested.length < tree.nested.length ? { truncated: true } : {}),
  };
}

function toIds(runs: AwaitTree["completions"]): { count: number; first: number[] } {
  const first: number[] = [];
  let count = 0;
  for (const run of runs) {
    count += run.count;
    for (let i = 0; i < run.count && first.length < IDS_SHOWN_MAX; i++) {
      first.push(run.start + i * run.stride);
    }
  }
  return { count, first };
}
