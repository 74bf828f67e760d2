/**
 * The nodes of completions by their ids, while anybody may still ask for them.
 *
 * An attempt may see a hundred thousand completions, and must not hold a node for each. Who issues a
 * command takes the node of its result at once, and holds it; only whether it has settled is asked
 * again. The id of a called invocation may be asked for at any time, and mostly never is: until then
 * it is kept without a node.
 */
import type { NotificationResult } from "@rejoin/protocol";
import { createDeliveredLeaf, LeafNode } from "./await-node.ts";
import type { Delivery } from "./journal.ts";

/** What has come before anybody asked for it. */
class Unclaimed {
  readonly result: NotificationResult;
  readonly order: number;

  constructor(result: NotificationResult, order: number) {
    this.result = result;
    this.order = order;
  }
}

type CompletionDelivery = Exclude<Delivery, { readonly kind: "signal" }>;

export class Leaves {
  #leaves: (LeafNode | Unclaimed | undefined)[] | undefined = undefined;

  /** The node of a completion; of one whose result was delivered to its node, any settled one. */
  get(completionId: number): LeafNode {
    this.#leaves ??= [];
    const known = this.#leaves[completionId];
    if (known instanceof LeafNode) return known;
    const leaf = new LeafNode(completionId);
    this.#leaves[completionId] = leaf;
    if (known !== undefined) leaf.settleWith(known.result, known.order);
    return leaf;
  }

  /** The node to which a result is delivered, if anybody has asked for it; it is forgotten then. */
  takeFor(
    { kind, completionId }: CompletionDelivery,
    result: NotificationResult,
    order: number,
  ): LeafNode | undefined {
    this.#leaves ??= [];
    const known = this.#leaves[completionId];
    if (known instanceof LeafNode) {
      if (kind !== "callInvocationIdCompletion") this.#leaves[completionId] = DELIVERED;
      return known;
    }
    if (known === undefined) this.#leaves[completionId] = new Unclaimed(result, order);
    return undefined;
  }
}

/** Stands for every result that its node has. */
const DELIVERED = createDeliveredLeaf();
