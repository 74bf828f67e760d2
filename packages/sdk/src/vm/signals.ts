/**
 * Signals, and who waits for them: by index (awakeables, the cancel signal) or by name.
 *
 * Signals of one id are taken in journal order by the waits for it, in the order of these. Whichever
 * comes first waits for the other, so it does not matter when user code asks.
 */
import { FIRST_USER_SIGNAL_INDEX, type SignalNotification } from "@rejoin/protocol";
import { LeafNode } from "./await-node.ts";
import { Fifo } from "./fifo.ts";

/** An index or a name. */
export type SignalId = number | string;

interface Delivered {
  readonly result: SignalNotification["result"];
  readonly order: number;
}

export class Signals {
  /** Leaves that no signal has settled. */
  readonly #waiting = new Map<SignalId, Fifo<LeafNode>>();
  /** Signals that nobody has waited for. */
  readonly #delivered = new Map<SignalId, Fifo<Delivered>>();
  #nextIndex = FIRST_USER_SIGNAL_INDEX;

  /** An index for an awakeable: the same one in every attempt. */
  declareIndex(): number {
    return this.#nextIndex++;
  }

  /** The leaf that the next signal of this id settles, or has settled. */
  wait(id: SignalId): LeafNode {
    const leaf = new LeafNode(0, id);
    const delivered = take(this.#delivered, id);
    if (delivered === undefined) put(this.#waiting, id, leaf);
    else leaf.settleWith(delivered.result, delivered.order);
    return leaf;
  }

  /** The leaf that waits for such a signal longest; it is to be settled now. */
  takeWaiting(id: SignalId): LeafNode | undefined {
    return take(this.#waiting, id);
  }

  /** Keeps a signal until somebody waits for it. */
  keep(id: SignalId, { result }: SignalNotification, order: number): void {
    put(this.#delivered, id, { result, order });
  }
}

function put<T>(queues: Map<SignalId, Fifo<T>>, id: SignalId, item: T): void {
  let queue = queues.get(id);
  if (queue === undefined) {
    queue = new Fifo();
    queues.set(id, queue);
  }
  queue.push(item);
}

function take<T>(queues: Map<SignalId, Fifo<T>>, id: SignalId): T | undefined {
  const queue = queues.get(id);
  if (queue === undefined) return undefined;
  const item = queue.shift();
  if (queue.length === 0) queues.delete(id);
  return item;
}
