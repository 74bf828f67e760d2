/**
 * What an invocation awaits, and whether it can make progress.
 *
 * A tree of combinators over completions and signals. {@link AwaitState} is told of each
 * notification once and answers in time that does not depend on how many it awaits: a node counts,
 * it never looks at its children again.
 *
 * A node resolves as succeeded, failed or indeterminate (an `unknown` node resolves with any child,
 * and only the SDK knows how). An indeterminate child of a node that asks for success or failure
 * resolves that node too: the SDK decides.
 *
 * Stored: combinator (1), runs of completions, runs of signals, number of names and the names,
 * number of children and the children.
 */
import { Combinator, type Future } from "@rejoin/protocol";
import { StoreError } from "../ports/store.ts";
import { ByteReader, ByteWriter } from "../rows/bytes.ts";
import type { NotificationIndex, SignalId } from "./notification-index.ts";
import { type Run, readRuns, runsHave, runsIds, runsSize, toRuns, writeRuns } from "./run-set.ts";

/** How deep a tree may be; a deeper one pauses the invocation. */
export const AWAIT_DEPTH_MAX = 1000;
/** Up to so many nodes, each is asked whether it awaits an id; beyond, a map is built. */
const SCANNED_NODES_MAX = 8;

const COMBINATORS = Object.values(Combinator);

/** A {@link Future} in compact form. */
export interface AwaitTree {
  readonly combinator: Combinator;
  readonly completions: readonly Run[];
  readonly signals: readonly Run[];
  readonly namedSignals: readonly string[];
  readonly nested: readonly AwaitTree[];
}

export function toAwaitTree(future: Future): AwaitTree {
  return {
    combinator: future.combinator,
    completions: toRuns(future.completions),
    signals: toRuns(future.signals),
    namedSignals: future.namedSignals,
    nested: future.nested.map(toAwaitTree),
  };
}

/** Whether a tree names anything that could come. */
export function awaitsAnything(tree: AwaitTree): boolean {
  if (tree.completions.length + tree.signals.length + tree.namedSignals.length > 0) return true;
  return tree.nested.some(awaitsAnything);
}

const writer = new ByteWriter(256);

export function encodeAwaitTree(tree: AwaitTree): Uint8Array {
  writeTree(tree);
  return writer.take();
}

function writeTree(tree: AwaitTree): void {
  writer.u8(tree.combinator);
  writeRuns(writer, tree.completions);
  writeRuns(writer, tree.signals);
  writer.varint(tree.namedSignals.length);
  for (const name of tree.namedSignals) writer.string(name);
  writer.varint(tree.nested.length);
  for (const child of tree.nested) writeTree(child);
}

export function decodeAwaitTree(bytes: Uint8Array): AwaitTree {
  return readTree(new ByteReader(bytes, "await tree"));
}

function readTree(reader: ByteReader, depth = 1): AwaitTree {
  const combinator = COMBINATORS[reader.u8()];
  if (combinator === undefined || depth > AWAIT_DEPTH_MAX) {
    throw new StoreError("DATA_CORRUPTION", "a stored await tree is damaged");
  }
  const completions = readRuns(reader);
  const signals = readRuns(reader);
  const namedSignals: string[] = [];
  for (let n = reader.varint(); n > 0; n--) namedSignals.push(reader.string());
  const nested: AwaitTree[] = [];
  for (let n = reader.varint(); n > 0; n--) nested.push(readTree(reader, depth + 1));
  return { combinator, completions, signals, namedSignals, nested };
}

type Resolution = "succeeded" | "failed" | "indeterminate";

interface Node {
  readonly parent: Node | undefined;
  readonly combinator: Combinator;
  readonly tree: AwaitTree;
  /** Children, leaves included, that have not resolved. */
  open: number;
  resolution: Resolution | undefined;
}

/** Follows the notifications of one awaited tree. */
export class AwaitState {
  private readonly nodes: Node[] = [];
  private readonly root: Node;
  private readonly signals = new Set<SignalId>();
  private readonly settled = new Set<number>();
  private replaying = false;
  private nodesOfCompletion: Map<number, Node[]> | undefined;

  /** `index` holds the notifications that are there already. */
  constructor(tree: AwaitTree, index: NotificationIndex) {
    this.root = this.addNode(tree, undefined);
    this.resolveEmpty();
    this.replaying = true;
    this.replay(index);
    this.replaying = false;
  }

  /** Whether the tree has resolved: the invocation can go on. */
  get resolved(): boolean {
    return this.root.resolution !== undefined;
  }

  onCompletion(id: number, failed: boolean): void {
    if (this.resolved || this.settled.has(id)) return;
    let awaited = false;
    for (const node of this.nodesAwaiting(id)) {
      awaited = true;
      this.settle(node, failed ? "failed" : "succeeded");
    }
    if (awaited) this.settled.add(id);
  }

  onSignal(id: SignalId, failed: boolean): void {
    if (this.resolved || this.signals.has(id)) return;
    this.signals.add(id);
    for (const node of this.nodes) {
      const awaits =
        typeof id === "number"
          ? runsHave(node.tree.signals, id)
          : node.tree.namedSignals.includes(id);
      if (awaits) this.settle(node, failed ? "failed" : "succeeded");
    }
  }

  /** Settles a child; see {@link conflict} for what the order of earlier ones leaves open. */
  private settle(node: Node, outcome: Resolution): void {
    if (this.replaying && conflict(node, outcome)) this.root.resolution ??= "indeterminate";
    settleChild(node, outcome);
  }

  private addNode(tree: AwaitTree, parent: Node | undefined): Node {
    const leaves =
      runsSize(tree.completions) + runsSize(tree.signals) + new Set(tree.namedSignals).size;
    const node: Node = {
      parent,
      combinator: tree.combinator,
      tree,
      open: leaves + tree.nested.length,
      resolution: undefined,
    };
    this.nodes.push(node);
    for (const child of tree.nested) this.addNode(child, node);
    return node;
  }

  /** A node without children that waits for all of them has nothing to wait for. */
  private resolveEmpty(): void {
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i];
      if (node === undefined || node.open > 0 || node.resolution !== undefined) continue;
      if (node.combinator === Combinator.allCompleted) resolve(node, "succeeded");
      else if (node.combinator === Combinator.allSucceededOrFirstFailed) resolve(node, "succeeded");
      else if (node.combinator === Combinator.firstSucceededOrAllFailed) resolve(node, "failed");
    }
  }

  private replay(index: NotificationIndex): void {
    for (const node of [...this.nodes]) {
      for (const id of runsIds(node.tree.completions)) {
        if (this.resolved) return;
        const settled = index.completion(id);
        if (settled === "absent") continue;
        this.onCompletion(id, settled === "failed");
      }
      for (const id of [...runsIds(node.tree.signals), ...node.tree.namedSignals]) {
        const settled = index.signal(id);
        if (settled !== "absent") this.onSignal(id, settled === "failed");
      }
    }
  }

  private nodesAwaiting(id: number): readonly Node[] {
    if (this.nodes.length > SCANNED_NODES_MAX) {
      this.nodesOfCompletion ??= this.mapCompletions();
      return this.nodesOfCompletion.get(id) ?? [];
    }
    return this.nodes.filter((node) => runsHave(node.tree.completions, id));
  }

  private mapCompletions(): Map<number, Node[]> {
    const map = new Map<number, Node[]>();
    for (const node of this.nodes) {
      for (const id of runsIds(node.tree.completions)) {
        const nodes = map.get(id);
        if (nodes === undefined) map.set(id, [node]);
        else nodes.push(node);
      }
    }
    return map;
  }
}

/**
 * The index knows what there is, not in which order it came. If the first of two could have been
 * either, with different outcomes, only the SDK can tell: it has the journal.
 */
function conflict(node: Node, outcome: Resolution): boolean {
  const { combinator, resolution } = node;
  return (
    combinator === Combinator.firstCompleted && resolution !== undefined && resolution !== outcome
  );
}

function resolve(node: Node, resolution: Resolution): void {
  let current = node;
  let outcome = resolution;
  for (;;) {
    current.resolution = outcome;
    const { parent } = current;
    if (parent === undefined || parent.resolution !== undefined) return;
    parent.open -= 1;
    const next = resolutionAfter(parent, outcome);
    if (next === undefined) return;
    current = parent;
    outcome = next;
  }
}

function settleChild(node: Node, outcome: Resolution): void {
  if (node.resolution !== undefined) return;
  node.open -= 1;
  const resolution = resolutionAfter(node, outcome);
  if (resolution !== undefined) resolve(node, resolution);
}

/** What `node` resolves to after one more of its children resolved, if it does. */
function resolutionAfter(node: Node, outcome: Resolution): Resolution | undefined {
  switch (node.combinator) {
    case Combinator.unknown:
      return "indeterminate";
    case Combinator.firstCompleted:
      return outcome;
    case Combinator.allCompleted:
      return node.open === 0 ? "succeeded" : undefined;
    case Combinator.firstSucceededOrAllFailed:
      if (outcome !== "failed") return outcome;
      return node.open === 0 ? "failed" : undefined;
    case Combinator.allSucceededOrFirstFailed:
      if (outcome !== "succeeded") return outcome;
      return node.open === 0 ? "succeeded" : undefined;
  }
}
