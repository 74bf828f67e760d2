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
/** Up to so many nodes and runs, each is asked whether it awaits an id; beyond, a map is built. */
const SCANNED_MAX = 16;

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
  writer.begin();
  writeTree(tree);
  // It may be waited for as long as the process lives.
  return writer.take().slice();
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
  private runCount = 0;
  private replaying = false;
  /** The index cannot tell: it is damaged, or which of two came first decides: {@link isConflict}. */
  private unsure = false;
  private nodesOfCompletion: Map<number, Node[]> | undefined;

  /**
   * `index` holds the notifications that are there already. Of its signals, unlike its completions,
   * only those after entry `given` of the journal count: what awaits a signal has taken all of the
   * same name that it had been given, and awaits the next.
   */
  constructor(tree: AwaitTree, index: NotificationIndex, given = -1) {
    this.root = this.addNode(tree, undefined);
    this.unsure = index.isDamaged;
    this.replaying = true;
    this.replay(index, given);
    this.replaying = false;
  }

  /** Whether the tree has resolved: the invocation can go on. */
  get resolved(): boolean {
    return this.unsure || this.root.resolution !== undefined;
  }

  onCompletion(id: number, failed: boolean): void {
    if (this.resolved || this.settled.has(id)) return;
    let awaited = false;
    for (const node of this.nodesAwaiting(id)) {
      awaited = true;
      this.settleChild(node, failed ? "failed" : "succeeded");
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
      if (awaits) this.settleChild(node, failed ? "failed" : "succeeded");
    }
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
    this.runCount += tree.completions.length;
    for (const child of tree.nested) this.addNode(child, node);
    const empty = node.open === 0 && node.resolution === undefined;
    const resolution = empty ? resolutionOfNothing(tree.combinator) : undefined;
    if (resolution !== undefined) this.resolve(node, resolution);
    return node;
  }

  private resolve(node: Node, resolution: Resolution): void {
    node.resolution = resolution;
    if (node.parent !== undefined) this.settleChild(node.parent, resolution);
  }

  /** A child of `node` has resolved: a leaf, or a node with its own children. */
  private settleChild(node: Node, outcome: Resolution): void {
    if (node.resolution !== undefined) {
      if (this.replaying && isConflict(node, outcome)) this.unsure = true;
      return;
    }
    node.open -= 1;
    const resolution = resolutionAfter(node, outcome);
    if (resolution !== undefined) this.resolve(node, resolution);
  }

  private replay(index: NotificationIndex, given: number): void {
    for (const node of [...this.nodes]) {
      for (const id of runsIds(node.tree.completions)) {
        if (this.resolved) return;
        const settled = index.completion(id);
        if (settled === "absent") continue;
        this.onCompletion(id, settled === "failed");
      }
      for (const id of [...runsIds(node.tree.signals), ...node.tree.namedSignals]) {
        const settled = index.signal(id, given);
        if (settled !== "absent") this.onSignal(id, settled === "failed");
      }
    }
  }

  private nodesAwaiting(id: number): readonly Node[] {
    if (this.nodes.length + this.runCount > SCANNED_MAX) {
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

/** What a node without children resolves to, if it does not wait for ever. */
function resolutionOfNothing(combinator: Combinator): Resolution | undefined {
  switch (combinator) {
    case Combinator.allCompleted:
    case Combinator.allSucceededOrFirstFailed:
      return "succeeded";
    case Combinator.firstSucceededOrAllFailed:
      return "failed";
    default:
      return undefined;
  }
}

/**
 * The index knows what there is, not in which order it came. If another child could have resolved
 * the node first, to something else, only the SDK can tell: it has the journal.
 */
function isConflict({ combinator, resolution }: Node, outcome: Resolution): boolean {
  if (outcome === resolution) return false;
  switch (combinator) {
    case Combinator.firstCompleted:
      return true;
    case Combinator.firstSucceededOrAllFailed:
      return outcome !== "failed";
    case Combinator.allSucceededOrFirstFailed:
      return outcome !== "succeeded";
    default:
      return false;
  }
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
