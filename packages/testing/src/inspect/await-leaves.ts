/** The leaves of an await tree. */
import type { AwaitTree } from "@rejoin/engine";

export interface AwaitLeaves {
  readonly completions: readonly number[];
  readonly signals: readonly number[];
  readonly names: readonly string[];
}

const LEAVES_MAX = 1000;

/** The first of them, if there are very many. */
export function leavesOf(tree: AwaitTree): AwaitLeaves {
  const completions: number[] = [];
  const signals: number[] = [];
  const names: string[] = [];
  const visit = (node: AwaitTree) => {
    addIds(node.completions, completions);
    addIds(node.signals, signals);
    names.push(...node.namedSignals);
    for (const child of node.nested) visit(child);
  };
  visit(tree);
  return { completions, signals, names };
}

function addIds(runs: AwaitTree["completions"], ids: number[]): void {
  for (const { start, stride, count } of runs) {
    for (let i = 0; i < count && ids.length < LEAVES_MAX; i++) ids.push(start + i * stride);
  }
}
