/**
 * What the engine asks for. An action is taken only when the commit that holds its cause has
 * become durable, in the order in which the engine asked.
 */
import type { InvocationKey, Notification, Outcome } from "@rejoin/protocol";
import type { Invocation, StoredOutcome, Target } from "./model/invocation.ts";
import type { Waiter } from "./records.ts";
import type { TimerId } from "./rows/keys.ts";

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
  | SetTimerAction
  | AcceptedAction
  | AwaitResultAction
  | AnswerAction
  | CompletedAction;
