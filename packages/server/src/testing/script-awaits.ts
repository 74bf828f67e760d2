/** What a script awaits: how it is told to the server, and whether it has come. */
import {
  CANCEL_SIGNAL_INDEX,
  Combinator,
  type Future,
  type NotificationResult,
} from "@rejoin/protocol";
import { future } from "./script.ts";

/** What has come: completions as `c` and their id, signals as `s` and their index or name. */
export type Results = Map<string, NotificationResult>;

/** What is awaited of a signal is the next of its name: those that have come are left out. */
export function withoutTaken(node: Future, results: Results): Future {
  return {
    ...node,
    signals: node.signals.filter((id) => !results.has(`s${id}`)),
    namedSignals: node.namedSignals.filter((id) => !results.has(`s${id}`)),
    nested: node.nested.map((child) => withoutTaken(child, results)),
  };
}

/** What versions 5 and 6 have: any of the leaves that are still open. */
export function flat(awaited: Future, results: Results): Future {
  const leaves = (node: Future): number[] => [...node.completions, ...node.nested.flatMap(leaves)];
  const open = leaves(awaited).filter((id) => !results.has(`c${id}`));
  const signals = [...awaited.signals, CANCEL_SIGNAL_INDEX];
  const { namedSignals } = awaited;
  return { ...future(Combinator.unknown, open), signals, namedSignals };
}

/** SDKs await the signal that cancels beside everything else. */
export function withCancel(awaited: Future): Future {
  return { ...future(Combinator.firstCompleted, [], [awaited]), signals: [CANCEL_SIGNAL_INDEX] };
}

export function isResolved(node: Future, results: Results): boolean {
  return outcomeOf(node, results) !== undefined;
}

function outcomeOf(node: Future, results: Results): "succeeded" | "failed" | undefined {
  const ids = [
    ...node.completions.map((id) => `c${id}`),
    ...[...node.signals, ...node.namedSignals].map((id) => `s${id}`),
  ];
  const leaves = ids.map((id): "succeeded" | "failed" | undefined => {
    const result = results.get(id);
    if (result === undefined) return undefined;
    return result.kind === "failure" ? "failed" : "succeeded";
  });
  const children = [...leaves, ...node.nested.map((child) => outcomeOf(child, results))];
  const done = children.filter((child) => child !== undefined);
  const complete = done.length === children.length;
  switch (node.combinator) {
    case Combinator.allCompleted:
      return complete ? "succeeded" : undefined;
    case Combinator.firstSucceededOrAllFailed:
      return done.includes("succeeded") ? "succeeded" : complete ? "failed" : undefined;
    case Combinator.allSucceededOrFirstFailed:
      return done.includes("failed") ? "failed" : complete ? "succeeded" : undefined;
    default:
      return done[0];
  }
}
