/**
 * The messages of the service protocol, versions 5, 6 and 7, as plain values.
 *
 * One interface per message; `kind` tells them apart. How each is laid out in bytes is the business
 * of the codec alone. Payloads are bytes and are never interpreted here. 64-bit numbers that are
 * instants or durations are JavaScript numbers (they stay below 2^53); the random seed, which uses
 * all 64 bits, is a {@link Uint64}.
 */

/** The versions of the service protocol that this package speaks. */
export type ProtocolVersion = 5 | 6 | 7;

/** An unsigned 64-bit integer as its upper and lower 32 bits. */
export interface Uint64 {
  readonly high: number;
  readonly low: number;
}

export interface FailureMetadata {
  readonly key: string;
  readonly value: string;
}

/** A recorded failure. `metadata` travels from version 6 on. */
export interface Failure {
  readonly code: number;
  readonly message: string;
  readonly metadata?: readonly FailureMetadata[];
}

export interface Header {
  readonly key: string;
  readonly value: string;
}

export interface ValueResult {
  readonly kind: "value";
  readonly value: Uint8Array;
}
export interface FailureResult {
  readonly kind: "failure";
  readonly failure: Failure;
}
export interface VoidResult {
  readonly kind: "void";
}
export interface InvocationIdResult {
  readonly kind: "invocationId";
  readonly invocationId: string;
}
export interface StateKeysResult {
  readonly kind: "stateKeys";
  readonly keys: readonly Uint8Array[];
}
export type Outcome = ValueResult | FailureResult;
export type NotificationResult =
  | ValueResult
  | FailureResult
  | VoidResult
  | InvocationIdResult
  | StateKeysResult;

/** How the children of an awaited tree combine. The numbers are the wire's. */
export const Combinator = {
  unknown: 0,
  firstCompleted: 1,
  allCompleted: 2,
  firstSucceededOrAllFailed: 3,
  allSucceededOrFirstFailed: 4,
} as const;
export type Combinator = (typeof Combinator)[keyof typeof Combinator];

/** A tree of what an invocation awaits: the leaves are completions and signals. */
export interface Future {
  readonly combinator: Combinator;
  readonly completions: readonly number[];
  readonly signals: readonly number[];
  readonly namedSignals: readonly string[];
  readonly nested: readonly Future[];
}

/** What the server does with an attempt that ends in an {@link ErrorMessage}. */
export const ErrorBehavior = { retry: 0, pause: 1, fail: 2 } as const;
export type ErrorBehavior = (typeof ErrorBehavior)[keyof typeof ErrorBehavior];

// ---- control messages -------------------------------------------------------------------------

export interface StateEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Server to endpoint: opens an attempt; `knownEntries` journal entries follow. */
export interface StartMessage {
  readonly kind: "start";
  /** 24 raw bytes. */
  readonly id: Uint8Array;
  /** The same id as text. */
  readonly debugId: string;
  readonly knownEntries: number;
  readonly stateMap: readonly StateEntry[];
  readonly partialState: boolean;
  readonly key: string;
  readonly retryCountSinceLastStoredEntry: number;
  readonly durationSinceLastStoredEntryMs: number;
  readonly randomSeed: Uint64;
  /** Version 7 only, as are the next two. */
  readonly scope?: string;
  readonly limitKey?: string;
  readonly idempotencyKey?: string;
}

/** Endpoint to server: the attempt ends; the invocation awaits `awaitingOn`. Versions 5 and 6
 * carry the leaves alone and mean "any of them". */
export interface SuspensionMessage {
  readonly kind: "suspension";
  readonly awaitingOn: Future;
}

/** Endpoint to server: the attempt failed. */
export interface ErrorMessage {
  readonly kind: "error";
  readonly code: number;
  readonly message: string;
  readonly stacktrace: string;
  readonly relatedCommandIndex?: number;
  readonly relatedCommandName?: string;
  /** The wire code of the command's message type. */
  readonly relatedCommandType?: number;
  readonly nextRetryDelayMs?: number;
  readonly behavior: ErrorBehavior;
}

/** Endpoint to server: the invocation is complete; its result is the last Output. */
export interface EndMessage {
  readonly kind: "end";
}

/** Server to endpoint: the command that asked for it is durable. */
export interface CommandAckMessage {
  readonly kind: "commandAck";
  readonly commandIndex: number;
}

/** Endpoint to server: the result of a `run`, to be stored. */
export interface ProposeRunCompletionMessage {
  readonly kind: "proposeRunCompletion";
  readonly completionId: number;
  readonly result: Outcome;
  readonly requestAck?: boolean;
}

/** Endpoint to server, version 7: what the open attempt waits for. */
export interface AwaitingOnMessage {
  readonly kind: "awaitingOn";
  readonly awaitingOn: Future;
  readonly executingSideEffects: boolean;
}

/** Server to endpoint, version 7: the proposed result is durable. */
export interface ProposeRunCompletionAckMessage {
  readonly kind: "proposeRunCompletionAck";
  readonly completionId: number;
}

// ---- commands ---------------------------------------------------------------------------------

interface CommandBase {
  /** Given by the user to this entry, "" if none. */
  readonly name: string;
  /** The frame asks for a {@link CommandAckMessage}. */
  readonly requestAck?: boolean;
}

export interface InputCommand extends CommandBase {
  readonly kind: "input";
  readonly headers: readonly Header[];
  readonly value: Uint8Array;
}
export interface OutputCommand extends CommandBase {
  readonly kind: "output";
  readonly result: Outcome;
}
export interface GetLazyStateCommand extends CommandBase {
  readonly kind: "getLazyState";
  readonly key: Uint8Array;
  readonly resultCompletionId: number;
}
export interface SetStateCommand extends CommandBase {
  readonly kind: "setState";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
export interface ClearStateCommand extends CommandBase {
  readonly kind: "clearState";
  readonly key: Uint8Array;
}
export interface ClearAllStateCommand extends CommandBase {
  readonly kind: "clearAllState";
}
export interface GetLazyStateKeysCommand extends CommandBase {
  readonly kind: "getLazyStateKeys";
  readonly resultCompletionId: number;
}
export interface GetEagerStateCommand extends CommandBase {
  readonly kind: "getEagerState";
  readonly key: Uint8Array;
  readonly result: VoidResult | ValueResult;
}
export interface GetEagerStateKeysCommand extends CommandBase {
  readonly kind: "getEagerStateKeys";
  readonly keys: readonly Uint8Array[];
}
export interface GetPromiseCommand extends CommandBase {
  readonly kind: "getPromise";
  readonly key: string;
  readonly resultCompletionId: number;
}
export interface PeekPromiseCommand extends CommandBase {
  readonly kind: "peekPromise";
  readonly key: string;
  readonly resultCompletionId: number;
}
export interface CompletePromiseCommand extends CommandBase {
  readonly kind: "completePromise";
  readonly key: string;
  readonly completion: Outcome;
  readonly resultCompletionId: number;
}
export interface SleepCommand extends CommandBase {
  readonly kind: "sleep";
  /** Milliseconds since the Unix epoch. */
  readonly wakeUpTime: number;
  readonly resultCompletionId: number;
}
interface RequestFields extends CommandBase {
  readonly service: string;
  readonly handler: string;
  readonly parameter: Uint8Array;
  readonly headers: readonly Header[];
  readonly key: string;
  readonly idempotencyKey?: string;
  readonly scope?: string;
  readonly limitKey?: string;
  readonly invocationIdCompletionId: number;
}
export interface CallCommand extends RequestFields {
  readonly kind: "call";
  readonly resultCompletionId: number;
}
export interface OneWayCallCommand extends RequestFields {
  readonly kind: "oneWayCall";
  /** Milliseconds since the Unix epoch, 0 for now. */
  readonly invokeTime: number;
}
export interface SendSignalCommand extends CommandBase {
  readonly kind: "sendSignal";
  readonly targetInvocationId: string;
  /** One of `signalIndex` and `signalName` is given. */
  readonly signalIndex?: number;
  readonly signalName?: string;
  readonly result: VoidResult | ValueResult | FailureResult;
}
export interface RunCommand extends CommandBase {
  readonly kind: "run";
  readonly resultCompletionId: number;
}
/** Names an invocation by id, by idempotency key, or as a workflow's run. */
export type AttachTarget =
  | { readonly kind: "invocation"; readonly invocationId: string }
  | {
      readonly kind: "idempotentRequest";
      readonly service: string;
      readonly key?: string;
      readonly handler: string;
      readonly idempotencyKey: string;
      readonly scope?: string;
    }
  | {
      readonly kind: "workflow";
      readonly name: string;
      readonly key: string;
      readonly scope?: string;
    };
export interface AttachInvocationCommand extends CommandBase {
  readonly kind: "attachInvocation";
  readonly target: AttachTarget;
  readonly resultCompletionId: number;
}
export interface GetInvocationOutputCommand extends CommandBase {
  readonly kind: "getInvocationOutput";
  readonly target: AttachTarget;
  readonly resultCompletionId: number;
}
export interface CompleteAwakeableCommand extends CommandBase {
  readonly kind: "completeAwakeable";
  readonly awakeableId: string;
  readonly result: Outcome;
}

export type Command =
  | InputCommand
  | OutputCommand
  | GetLazyStateCommand
  | SetStateCommand
  | ClearStateCommand
  | ClearAllStateCommand
  | GetLazyStateKeysCommand
  | GetEagerStateCommand
  | GetEagerStateKeysCommand
  | GetPromiseCommand
  | PeekPromiseCommand
  | CompletePromiseCommand
  | SleepCommand
  | CallCommand
  | OneWayCallCommand
  | SendSignalCommand
  | RunCommand
  | AttachInvocationCommand
  | GetInvocationOutputCommand
  | CompleteAwakeableCommand;

// ---- notifications ----------------------------------------------------------------------------

/** The completions that a server sends, by the command that each completes. */
export type CompletionKind =
  | "getLazyStateCompletion"
  | "getLazyStateKeysCompletion"
  | "getPromiseCompletion"
  | "peekPromiseCompletion"
  | "completePromiseCompletion"
  | "sleepCompletion"
  | "callCompletion"
  | "callInvocationIdCompletion"
  | "runCompletion"
  | "attachInvocationCompletion"
  | "getInvocationOutputCompletion";

/** Completes the command that declared `completionId`. */
export interface CompletionNotification {
  readonly kind: CompletionKind;
  readonly completionId: number;
  readonly result: NotificationResult;
}

/** A signal sent to the invocation, by index or by name. Index 1 is the cancel signal. */
export interface SignalNotification {
  readonly kind: "signal";
  readonly signalIndex?: number;
  readonly signalName?: string;
  readonly result: VoidResult | ValueResult | FailureResult;
}

export type Notification = CompletionNotification | SignalNotification;

export type ControlMessage =
  | StartMessage
  | SuspensionMessage
  | ErrorMessage
  | EndMessage
  | CommandAckMessage
  | ProposeRunCompletionMessage
  | AwaitingOnMessage
  | ProposeRunCompletionAckMessage;

export type Message = ControlMessage | Command | Notification;
export type MessageKind = Message["kind"];

/** What a server may send. */
export type ServerMessage =
  | StartMessage
  | CommandAckMessage
  | ProposeRunCompletionAckMessage
  | Command
  | Notification;

/** What an endpoint may send. */
export type EndpointMessage =
  | SuspensionMessage
  | ErrorMessage
  | EndMessage
  | ProposeRunCompletionMessage
  | AwaitingOnMessage
  | Command;

/** The index of the signal that cancels an invocation. */
export const CANCEL_SIGNAL_INDEX = 1;
/** The first signal index that an SDK gives to an awakeable. */
export const FIRST_USER_SIGNAL_INDEX = 17;
