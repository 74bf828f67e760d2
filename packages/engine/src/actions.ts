/**
 * What the engine asks for. An action is taken only when the commit that holds its cause has
 * become durable, in the order in which the engine asked.
 */
import type { InvocationKey, Notification, Outcome } from "@rejoin/protocol";
import type { Invocation, StoredOutcome, Target } from "./model/invocation.ts";
import type { Waiter } from "./records.ts";
import type { TimerId } from "./rows/keys.ts";
import type { Task } from "./rows/task-row.ts";

/** Start an attempt: the invocation's `starts` identifies it. */
export interface StartAction {
  readonly kind: "start";
  readonly invocation: Invocation;
}

/** A notification for the open attempt, if there is one: entry `index` of the journal. */
export interface NotifyAction {
  readonly kind: "notify";
  readonly key: InvocationKey;
  readonly start: number;
  readonly index: number;
  readonly message: Notification;
  readonly frame: Uint8Array;
  /** The attempt proposed this result itself and asked for no more than an acknowledgement. */
  readonly ackOfRun: number | undefined;
}

/** The command that asked for it is durable. */
export interface AckCommandAction {
  readonly kind: "ackCommand";
  readonly key: InvocationKey;
  readonly start: number;
  readonly commandIndex: number;
}

/** The attempt is over for the engine: end its stream. */
export interface StopAttemptAction {
  readonly kind: "stopAttempt";
  readonly key: InvocationKey;
  readonly start: number;
  readonly reason: string;
}

/** Ask the open attempt to suspend; if there is none, say so with an `attemptHeld` record. */
export interface SuspendAttemptAction {
  readonly kind: "suspendAttempt";
  readonly key: InvocationKey;
  readonly start: number;
}

/** Say with a `requestSlots` record that it wants to start: there is a limit that it counts towards. */
export interface RequestSlotsAction {
  readonly kind: "requestSlots";
  readonly key: InvocationKey;
  readonly start: number;
}

/**
 * An invocation waits for a slot of a limit that its caller may hold one of: once the caller only
 * awaits, it is asked to suspend, or the two would wait for each other until it is idle for long.
 */
export interface YieldSlotAction {
  readonly kind: "yieldSlot";
  /** The caller. */
  readonly key: InvocationKey;
  readonly limiter: string;
}

/** A task has been given work. */
export interface RunTaskAction {
  readonly kind: "runTask";
  readonly name: string;
  readonly task: Task;
}

/** What an operator asked for has been done, or why not. */
export interface OperatedAction {
  readonly kind: "operated";
  readonly waiter: Waiter;
  readonly result: OperationResult;
}

export type OperationResult =
  /** It has taken effect. */
  | { readonly kind: "done" }
  /** It will, when the invocation's code or a task has done its part. */
  | { readonly kind: "requested" }
  /** A new invocation repeats the old one. */
  | { readonly kind: "restarted"; readonly key: InvocationKey }
  | { readonly kind: "refused"; readonly reason: Refusal; readonly message: string };

export type Refusal =
  | "notFound"
  /** It has completed. */
  | "completed"
  /** It has not completed. */
  | "notCompleted"
  /** It has not been started yet. */
  | "notStarted"
  /** It is running, and would have to be paused first. */
  | "running"
  /** Its journal has been deleted. */
  | "gone"
  /** It is not of a kind that this can be done to. */
  | "unsupported"
  | "badDeployment"
  | "badEntry"
  /** A task that was asked for earlier is not done. */
  | "busy"
  /** The state is not the one that was expected. */
  | "stateChanged";

/** A completed invocation, or its journal alone, has been deleted. */
export interface RemovedAction {
  readonly kind: "removed";
  readonly key: InvocationKey;
  readonly what: "invocation" | "journal";
}

export interface SetTimerAction {
  readonly kind: "setTimer";
  readonly timer: TimerId;
}

/** Tells a waiter that its request is durable. */
export interface AcceptedAction {
  readonly kind: "accepted";
  readonly waiter: Waiter;
  readonly key: InvocationKey;
  readonly scheduledFor: number;
  /** An earlier request with the same id was there. */
  readonly duplicate: boolean;
}

/** Lets a waiter wait for the invocation's result. */
export interface AwaitResultAction {
  readonly kind: "awaitResult";
  readonly waiter: Waiter;
  readonly key: InvocationKey;
}

export type Answer =
  | {
      readonly kind: "completed";
      readonly target: Target;
      readonly outcome: StoredOutcome;
      /** The invocation had completed before the request came: until when its result is kept. */
      readonly expiresAt: number | undefined;
    }
  | { readonly kind: "notFound" }
  | { readonly kind: "notReady" };

/** Answers a waiter. */
export interface AnswerAction {
  readonly kind: "answer";
  readonly waiter: Waiter;
  readonly key: InvocationKey;
  readonly answer: Answer;
}

/** The invocation has completed: answer those who wait for it. */
export interface CompletedAction {
  readonly kind: "completed";
  readonly key: InvocationKey;
  readonly target: Target;
  readonly outcome: Outcome;
}

export type Action =
  | StartAction
  | NotifyAction
  | AckCommandAction
  | StopAttemptAction
  | SuspendAttemptAction
  | RequestSlotsAction
  | YieldSlotAction
  | RunTaskAction
  | OperatedAction
  | RemovedAction
  | SetTimerAction
  | AcceptedAction
  | AwaitResultAction
  | AnswerAction
  | CompletedAction;
