/** What the disk has ever said about an invocation. */
import type { Invocation, InvocationStatus } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

/** A completion in a durable journal. */
export interface DurableCompletion {
  readonly digest: string;
  /** The place of its commit among all commits. */
  readonly order: number;
  readonly epoch: number;
}

/** One invocation; a key that is used again after its retention begins a new life. */
export interface KnownInvocation {
  readonly key: InvocationKey;
  readonly partition: number;
  lives: number;
  /** Whether its header is on the disk. */
  present: boolean;
  /** The last header that was. */
  header: Invocation;
  /** The node of the program that it runs. */
  node: number;
  /** The digest of its result, once it is durable. */
  outcome: string | undefined;
  /** It was removed in the commit that completed it: its result was never on the disk. */
  vanished: boolean;
  /** Entries in its journal besides the Input. */
  entries: number;
  /** Its status before the commit of this place. */
  before: { readonly order: number; readonly status: InvocationStatus | "none" };
  /** Cancelled, killed, or told of one that was: its result may be another than planned. */
  touched: boolean;
  /** Signals in its journal. */
  readonly signals: string[];
  /** Completion ids that its commands wait for. */
  readonly declared: Set<number>;
  readonly completions: Map<number, DurableCompletion>;
  /** Completion ids of runs, by name. */
  readonly runs: Map<string, number>;
  /** When sleeps end, by completion id. */
  readonly sleeps: Map<number, number>;
  /** For the completion id of a call's result, that of its invocation id. */
  readonly calls: Map<number, number>;
  /** Callees, by the completion id of their invocation id. */
  readonly callees: Map<number, InvocationKey>;
}

export function createKnown(
  key: InvocationKey,
  partition: number,
  header: Invocation,
  node: number,
): KnownInvocation {
  return {
    key,
    partition,
    lives: 1,
    present: true,
    header,
    node,
    outcome: undefined,
    vanished: false,
    entries: 0,
    before: { order: 0, status: "none" },
    touched: false,
    signals: [],
    declared: new Set(),
    completions: new Map(),
    runs: new Map(),
    sleeps: new Map(),
    calls: new Map(),
    callees: new Map(),
  };
}

/** The key has been used again: nothing of the former life counts. */
export function beginNewLife(known: KnownInvocation, node: number): void {
  known.lives += 1;
  known.present = true;
  known.node = node;
  known.outcome = undefined;
  known.vanished = false;
  known.entries = 0;
  known.before = { order: 0, status: "none" };
  known.signals.length = 0;
  known.declared.clear();
  for (const map of [known.completions, known.runs, known.sleeps, known.calls, known.callees]) {
    map.clear();
  }
}
