/** What promises need from the attempt that they belong to. */
import type { Duration } from "../duration.ts";
import type { RelatedCommand } from "../vm/attempt-failure.ts";
import type { AwaitNode, LeafNode } from "../vm/await-node.ts";

/** Something that waits for a node. */
export interface Waiter {
  readonly node: AwaitNode;
  /** The node has settled. */
  wake(): void;
  /** The invocation was cancelled. */
  cancel(): void;
}

/** A promise as a child of another. */
export interface Child {
  readonly node: AwaitNode;
  readonly driver: Driver | undefined;
  /** The value, or throws the failure. Only once the node has settled. */
  take(): unknown;
}

export interface Driver {
  /** The node of a completion. */
  leaf(completionId: number): LeafNode;
  /** Waits for a node that is active and pending. */
  wait(waiter: Waiter): void;
  /** Issues the timer of `orTimeout`. */
  startTimer(duration: Duration | number): Child;
  /** Ends the attempt: user code or a serde has thrown where nobody can catch it. */
  fail(error: unknown, related?: RelatedCommand): void;
  /** Where something that user code settles itself stands in the journal. */
  readonly position: number;
}
