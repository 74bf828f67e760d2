/**
 * Children in the order in which they settle: one registration over all of them, then a queue.
 * An item costs O(1): nothing is scanned again.
 */
import { Combinator } from "@rejoin/protocol";
import type { AwaitNode, Parent } from "./await-node.ts";
import { InnerNode } from "./combinators.ts";

export class CompletionStream {
  readonly #children: readonly AwaitNode[];
  /** Indexes of settled children that nobody took, in journal order, from `#head` on. */
  readonly #ready: number[] = [];
  #head = 0;
  #arrivedCount = 0;
  #promisedCount = 0;
  #pending: readonly AwaitNode[];
  #waiting: NextNode[] = [];
  #closed = false;

  constructor(children: readonly AwaitNode[]) {
    this.#children = children;
    this.#pending = children;
  }

  /** Whether every item was taken or is being waited for. */
  get exhausted(): boolean {
    return this.#closed || this.#promisedCount === this.#children.length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get pendingCount(): number {
    return this.#children.length - this.#arrivedCount;
  }

  /** Starts to watch. Children that have settled already come first, in journal order. */
  open(): void {
    const settled: number[] = [];
    for (const [index, child] of this.#children.entries()) {
      child.activate();
      if (child.settled) settled.push(index);
      else child.addParent(new StreamChild(this, index));
    }
    const orderOf = (index: number) => this.#children[index]?.order ?? 0;
    settled.sort((a, b) => orderOf(a) - orderOf(b) || a - b);
    for (const index of settled) this.#ready.push(index);
    this.#arrivedCount = settled.length;
  }

  /** The index of the next item, if one is there. */
  take(): number | undefined {
    const index = this.#ready[this.#head];
    if (index === undefined) return undefined;
    this.#head++;
    this.#promisedCount++;
    return index;
  }

  /** A node that settles with the next item that nobody else waits for. */
  wait(): NextNode {
    const node = new NextNode(this);
    this.#waiting.push(node);
    this.#promisedCount++;
    return node;
  }

  /** Nobody waits for this node any more. */
  withdraw(node: NextNode): void {
    const left = this.#waiting.filter((waiting) => waiting !== node);
    if (left.length < this.#waiting.length) this.#promisedCount--;
    this.#waiting = left;
  }

  /** Nobody wants the rest. */
  close(): void {
    this.#closed = true;
  }

  /** A child has settled. */
  arrived(index: number, order: number): void {
    this.#arrivedCount++;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#ready.push(index);
    else waiting.settleWith(index, order);
  }

  pendingChildren(): readonly AwaitNode[] {
    this.#pending = this.#pending.filter((child) => !child.settled);
    return this.#pending;
  }
}

class StreamChild implements Parent {
  readonly #stream: CompletionStream;
  readonly #index: number;

  constructor(stream: CompletionStream, index: number) {
    this.#stream = stream;
    this.#index = index;
  }

  get settled(): boolean {
    return this.#stream.closed;
  }

  childSettled(child: AwaitNode): void {
    this.#stream.arrived(this.#index, child.order);
  }
}

export class NextNode extends InnerNode {
  readonly combinator = Combinator.firstCompleted;
  /** The index of the item, once settled. */
  index = -1;
  readonly #stream: CompletionStream;

  constructor(stream: CompletionStream) {
    super();
    this.#stream = stream;
  }

  get pendingCount(): number {
    return this.#stream.pendingCount;
  }

  settleWith(index: number, order: number): void {
    this.index = index;
    this.settle(order, false);
  }

  pendingChildren(): readonly AwaitNode[] {
    return this.#stream.pendingChildren();
  }
}
