/** What promises need from the attempt that they belong to. */
import type { Duration } from "@rejoin/protocol";
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

/** A call that has not ended, to be cancelled. */
export interface PendingCall {
  /** Settles with its result. */
  readonly node: AwaitNode;
  /** Settles with its invocation id. */
  invocationIdNode(): LeafNode;
}

/** A promise as a child of another. */
export interface Child {
  readonly node: AwaitNode;
  readonly driver: Driver | undefined;
  /** The value, or throws the failure. Only once the node has settled. */
  take(): unknown;
  /** Starts nothing more on its own, and adds the calls that it waits for. */
  interrupt(calls: PendingCall[]): void;
}

export interface Driver {
  /** The attempt is over: nothing that is issued now has any effect. */
  readonly ended: boolean;
  /** The node of a completion. */
  leaf(completionId: number): LeafNode;
  /** Waits for a node that is active and pending. */
  wait(waiter: Waiter): void;
  /** Waits for a node that is active and pending, whether or not user code awaits it too. */
  waitInBackground(waiter: Waiter): void;
  /** Delivers nothing more until what user code does now has come to rest. */
  yieldToUser(): void;
  /** Something is awaited that was not there when the server was last told. */
  awaitsMore(): void;
  /** Issues the timer of `orTimeout`. */
  startTimer(duration: Duration | number): Child;
  /** Ends the attempt: user code or a serde has thrown where nobody can catch it. */
  fail(error: unknown, related?: RelatedCommand): void;
  /** Where something that user code settles itself stands in the journal. */
  readonly position: number;
}
