/** What an invocation waits for, in words: its await tree with completions named by their steps. */
import type { AwaitingResource } from "@rejoin/client";
import type { Step } from "./steps.ts";

export interface AwaitNode {
  readonly label: string;
  /** Leaves have none. */
  readonly nested: readonly AwaitNode[];
  /** The step that it waits for, if it is one. */
  readonly step?: Step;
}

/** So many single completions are named; of more it says how many. */
const NAMED_MAX = 12;

const COMBINATORS: Readonly<Record<string, string>> = {
  unknown: "any progress of",
  first_completed: "the first of",
  all_completed: "all of",
  first_succeeded_or_all_failed: "the first success of",
  all_succeeded_or_first_failed: "all of, or a failure",
};

export function describeAwaiting(
  tree: AwaitingResource,
  stepOf: (completionId: number) => Step | undefined,
): AwaitNode {
  const leaves = [
    ...describeCompletions(tree, stepOf),
    ...describeSignals(tree),
    ...tree.nested.map((nested) => describeAwaiting(nested, stepOf)),
    ...(tree.truncated === true ? [leaf("… and more")] : []),
  ];
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return only;
  return { label: COMBINATORS[tree.combinator] ?? tree.combinator, nested: leaves };
}

function describeCompletions(
  { completions }: AwaitingResource,
  stepOf: (completionId: number) => Step | undefined,
): AwaitNode[] {
  const { count, first } = completions;
  if (count <= NAMED_MAX) {
    return first.map((id) => {
      const step = stepOf(id);
      return step === undefined ? leaf(`completion ${id}`) : { ...leaf(labelOf(step)), step };
    });
  }
  const sample = first[0] === undefined ? undefined : stepOf(first[0]);
  const what = sample === undefined ? "completions" : `like ${labelOf(sample)}`;
  return [leaf(`${count.toLocaleString("en")} ${what}`)];
}

function describeSignals({ signals, signal_names }: AwaitingResource): AwaitNode[] {
  const indexed = signals.first.map((id) => leaf(id === 1 ? "a cancellation" : `awakeable #${id}`));
  const hidden = signals.count - signals.first.length;
  return [
    ...indexed,
    ...(hidden > 0 ? [leaf(`${hidden.toLocaleString("en")} more signals`)] : []),
    ...signal_names.map((name) => leaf(`signal ${name}`)),
  ];
}

function labelOf({ title, subject, index }: Step): string {
  return subject === "" ? `${title} #${index}` : `${title} ${subject}`;
}

function leaf(label: string): AwaitNode {
  return { label, nested: [] };
}
