/** What is awaited right now: the roots of the await graph, and those that have just settled. */
import {
  type AwaitingOnMessage,
  CANCEL_SIGNAL_INDEX,
  type Future,
  type ProtocolVersion,
} from "@rejoin/protocol";
import type { AwaitNode, Observer } from "./await-node.ts";
import { type AlwaysAwaited, buildFlatFuture, buildFuture } from "./await-tree.ts";
import { AwaitingOn } from "./awaiting-on.ts";

const NO_NODES: readonly AwaitNode[] = [];

/** What an attempt awaits by, all its life. */
export interface AwaitsPolicy {
  readonly version: ProtocolVersion;
  /** User code itself awaits cancellations. */
  readonly explicitCancellation: boolean;
}

/** Who is told when user code itself settles something that is awaited, outside of a step. */
export interface AwaitsHost {
  resolvedOutsideStep(): void;
}

export class Awaits implements Observer {
  readonly #roots = new Set<AwaitNode>();
  readonly #host: AwaitsHost;
  readonly #version: ProtocolVersion;
  readonly #always: AlwaysAwaited;
  readonly #awaitingOn: AwaitingOn | undefined;
  #internalCount = 0;
  /** Roots that user code does not await. */
  readonly #background = new Set<AwaitNode>();
  #resolved: AwaitNode[] = [];
  #stepping = false;

  constructor({ version, explicitCancellation }: AwaitsPolicy, host: AwaitsHost) {
    this.#host = host;
    this.#version = version;
    this.#always = explicitCancellation ? [] : [CANCEL_SIGNAL_INDEX];
    this.#awaitingOn = version >= 7 ? new AwaitingOn(this.#always) : undefined;
  }

  /** Whether user code awaits anything. */
  get any(): boolean {
    return this.#roots.size > this.#internalCount + this.#background.size;
  }

  get hasResolved(): boolean {
    return this.#resolved.length > 0;
  }

  get roots(): ReadonlySet<AwaitNode> {
    return this.#roots;
  }

  /** User code awaits an active, pending node. */
  add(node: AwaitNode): void {
    this.#background.delete(node);
    this.#addRoot(node);
  }

  /** An active, pending node goes on while user code awaits something else. */
  addBackground(node: AwaitNode): void {
    this.#background.add(node);
    this.#addRoot(node);
  }

  #addRoot(node: AwaitNode): void {
    this.#roots.add(node);
    node.observer = this;
    this.treeGrew();
  }

  /** Something new is awaited, at a root or below one. */
  treeGrew(): void {
    this.#awaitingOn?.rootAdded();
  }

  /** The machine itself awaits an active, pending node. */
  addInternal(node: AwaitNode, settled: () => void): void {
    this.#roots.add(node);
    this.#internalCount++;
    this.#awaitingOn?.rootAdded();
    node.observer = {
      nodeSettled: () => {
        this.#roots.delete(node);
        this.#internalCount--;
        settled();
      },
    };
  }

  nodeSettled(node: AwaitNode): void {
    this.#roots.delete(node);
    this.#background.delete(node);
    this.#awaitingOn?.rootSettled();
    this.#resolved.push(node);
    if (!this.#stepping) this.#host.resolvedOutsideStep();
  }

  /** A step begins or ends: what settles in it is taken by whoever made the step. */
  set stepping(stepping: boolean) {
    this.#stepping = stepping;
  }

  /** The nodes that have settled since the last call, in the order in which they did. */
  takeResolved(): readonly AwaitNode[] {
    if (this.#resolved.length === 0) return NO_NODES;
    const resolved = this.#resolved;
    this.#resolved = [];
    return resolved;
  }

  /** Everything that user code awaits or has left to go on; it is awaited no more. */
  takeRoots(): readonly AwaitNode[] {
    const taken = [...this.#roots].filter((node) => node.observer === this);
    for (const node of taken) {
      node.observer = undefined;
      this.#roots.delete(node);
      this.#background.delete(node);
    }
    return taken;
  }

  completionDeclared(): void {
    this.#awaitingOn?.leafDeclared();
  }

  watchedLeafSettled(): void {
    this.#awaitingOn?.leafSettled();
  }

  /** The AwaitingOn message that is due, if any; never before version 7. */
  messageDue(executing: boolean): AwaitingOnMessage | undefined {
    return this.#awaitingOn?.due(this.#roots, executing);
  }

  /** What a suspension names. Before version 7 that is a flat set. */
  toFuture(): Future {
    const build = this.#version >= 7 ? buildFuture : buildFlatFuture;
    return build(this.#roots, this.#always);
  }
}
