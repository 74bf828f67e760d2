/**
 * What handlers without an SDK are made of: generators that say which messages they send and what
 * they wait for, run by a `ScriptedEndpoint`.
 */
import {
  type AttachTarget,
  Combinator,
  type EndpointMessage,
  type Failure,
  type Future,
  type HandlerType,
  type ManifestOptions,
  type NotificationResult,
  type Outcome,
  type ProtocolVersion,
} from "@rejoin/protocol";

/** What an invocation ends with; nothing if the script has said that itself. */
export type ScriptEnd = Outcome | string | Uint8Array | undefined;

/** A function that answers at once, or a generator that yields what it waits for. */
export type Script = (io: ScriptIo) => Generator<Future, ScriptEnd, void> | ScriptEnd;

export interface HandlerScript extends ManifestOptions {
  readonly script: Script;
  /** What is usual for its service by default: exclusive for an object, the run for a workflow. */
  readonly ty?: HandlerType;
}

export type Handlers = Readonly<Record<string, Script | HandlerScript>>;

/** Thrown by a script: its invocation ends with this failure. */
export class ScriptFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Thrown by a script: this attempt ends, as a crash of the process would end it. */
export class AttemptCrash extends Error {}

/** Sent by a script: this attempt ends with an error message. */
export type ErrorOptions = Partial<Omit<Extract<EndpointMessage, { kind: "error" }>, "kind">>;

export function future(
  combinator: Combinator,
  completions: readonly number[],
  nested: readonly Future[] = [],
): Future {
  return { combinator, completions, signals: [], namedSignals: [], nested };
}

/** One of these signals: by index, or by name. */
export function signalled(...ids: readonly (number | string)[]): Future {
  return {
    ...future(Combinator.firstCompleted, []),
    signals: ids.filter((id) => typeof id === "number"),
    namedSignals: ids.filter((id) => typeof id === "string"),
  };
}

/** What a script can do: {@link ScriptAttempt} without its server's side. */
export interface ScriptIo extends ScriptState, ScriptSignals {
  readonly version: ProtocolVersion;
  /** Of the object or workflow, "" for neither. */
  readonly key: string;
  readonly invocationId: string;
  readonly input: Uint8Array;
  readonly text: string;
  /** How many attempts at this invocation the endpoint has seen, this one included. */
  readonly attempt: number;
  now(): number;
  call(handler: string, input?: string | Uint8Array, options?: CallOptions): number;
  send(handler: string, input?: string | Uint8Array, options?: SendOptions): number;
  sleep(ms: number): number;
  /** Journals what `work` gives; an acknowledgement will do. */
  run(work: () => string | Uint8Array, options?: { readonly requestAck?: boolean }): number;
  output(value: string | Uint8Array): void;
  /** Sends what it is given as it is. */
  raw(...messages: readonly EndpointMessage[]): void;
  /** Ends the attempt with an error message. */
  error(options: ErrorOptions): void;
  result(id: number): NotificationResult | undefined;
  /** The text of a value; throws the failure on. */
  take(id: number): string;
  takeBytes(id: number): Uint8Array;
  /** The id of the invocation that a call or send made. */
  calleeOf(id: number): string;
  attach(target: string | AttachTarget): number;
  outputOf(invocationId: string): number;
}

/** State and promises. */
interface ScriptState {
  setState(name: string, value: string | Uint8Array): void;
  clearState(name: string): void;
  clearAllState(): void;
  getState(name: string): number;
  stateKeys(): number;
  takeKeys(id: number): string;
  /** From what the attempt was given; throws if that is only a part and does not have it. */
  eagerState(name: string): string | undefined;
  getPromise(name: string): number;
  peekPromise(name: string): number;
  completePromise(name: string, completion: Outcome | string): number;
}

/** Signals: {@link signalled} waits for them. */
interface ScriptSignals {
  awakeable(): { readonly id: string; readonly signal: number };
  completeAwakeable(awakeableId: string, result: Outcome | string): void;
  sendSignal(invocationId: string, signal: number | string, value?: string): void;
  takeSignal(id: number | string): string;
}

export interface CallOptions {
  readonly idempotencyKey?: string;
  readonly service?: string;
  readonly key?: string;
  readonly requestAck?: boolean;
}

export interface SendOptions extends CallOptions {
  readonly delayMs?: number;
}

export function all(...ids: readonly number[]): Future {
  return future(Combinator.allCompleted, ids);
}

export function first(...ids: readonly number[]): Future {
  return future(Combinator.firstCompleted, ids);
}

/** What an endpoint serves. */
export interface Served {
  /** Of the plain service `S`. */
  readonly handlers: Handlers;
  /** Of the virtual object `O`. */
  readonly objects?: Handlers;
  /** Of the workflow `W`. */
  readonly workflows?: Handlers;
}
