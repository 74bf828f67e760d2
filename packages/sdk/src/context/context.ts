/** The context: what a handler can do durably. */

import type { Duration, Serde } from "@rejoin/protocol";
import type {
  HandlerDescriptors,
  ObjectDescriptor,
  ServiceDescriptor,
  WorkflowDescriptor,
} from "../definitions/descriptor.ts";
import type {
  Client,
  ClientFromDescriptors,
  GenericCall,
  GenericSend,
  SendClient,
  SendClientFromDescriptors,
} from "../definitions/rpc.ts";
import type {
  RestateContext,
  Service,
  ServiceDefinitionFrom,
  VirtualObject,
  VirtualObjectDefinitionFrom,
  Workflow,
  WorkflowDefinitionFrom,
} from "../definitions/types.ts";
import type { TerminalError } from "../errors.ts";
import type { MapFunction, MapOptions, MappedItem, SettledItem } from "../promise/map-options.ts";
import type {
  InvocationHandle,
  InvocationId,
  InvocationPromise,
  RestatePromise,
} from "../promise/restate-promise.ts";
import type { Request } from "./request.ts";

/** What a run executes. */
export type RunAction<T> = (() => Promise<T>) | (() => T);

/** Any of the retry fields replaces the invocation's retry policy for this run. */
export type RunOptions<T> = {
  serde?: Serde<T>;
  /** Counts the first execution too. */
  maxRetryAttempts?: number;
  /** Over all attempts. */
  maxRetryDuration?: Duration | number;
  /** Default 50 ms. */
  initialRetryInterval?: Duration | number;
  /** Default 10 s. */
  maxRetryInterval?: Duration | number;
  /** Default 2. */
  retryIntervalFactor?: number;
};

/** Random numbers that a replay repeats. Not for secrets. */
export interface Rand {
  /** At least 0, less than 1. */
  random(): number;
  uuidv4(): string;
}

/** The clock, recorded: a replay sees the same time. */
export interface ContextDate {
  now(): Promise<number>;
  toJSON(): Promise<string>;
}

/** Something outside of this invocation that completes it holds the `id`. */
export interface Awakeable<T> {
  /** The same in every attempt. Hand it to whoever is to complete the promise. */
  readonly id: string;
  readonly promise: RestatePromise<T>;
}

/** Another invocation, by its id. */
export interface InvocationReference {
  /** A named signal of it, to be sent. */
  signal<T>(name: string, serde?: Serde<T>): SignalReference<T>;
  /** Asks it to end; it sees a `CancelledError` at its next await. */
  cancel(): void;
  /** Its result, once it has one. */
  attach<T>(serde?: Serde<T>): RestatePromise<T>;
}

/** A signal to be sent to an invocation. */
export interface SignalReference<T> {
  resolve(payload?: T): void;
  reject(reason: string | TerminalError): void;
}

/** Makes clients: objects whose functions call or send to the handlers of the same names. */
export interface Clients {
  serviceClient<D>(opts: ServiceDefinitionFrom<D>): Client<Service<D>>;
  serviceSendClient<D>(opts: ServiceDefinitionFrom<D>): SendClient<Service<D>>;
  objectClient<D>(opts: VirtualObjectDefinitionFrom<D>, key: string): Client<VirtualObject<D>>;
  objectSendClient<D>(
    opts: VirtualObjectDefinitionFrom<D>,
    key: string,
  ): SendClient<VirtualObject<D>>;
  workflowClient<D>(opts: WorkflowDefinitionFrom<D>, key: string): Client<Workflow<D>>;
  workflowSendClient<D>(opts: WorkflowDefinitionFrom<D>, key: string): SendClient<Workflow<D>>;
  /** Of a contract: its kind decides whether there is a key. */
  client<P extends string, H extends HandlerDescriptors>(
    contract: ServiceDescriptor<P, H>,
  ): ClientFromDescriptors<H>;
  client<P extends string, H extends HandlerDescriptors>(
    contract: ObjectDescriptor<P, H> | WorkflowDescriptor<P, H>,
    key: string,
  ): ClientFromDescriptors<H>;
  sendClient<P extends string, H extends HandlerDescriptors>(
    contract: ServiceDescriptor<P, H>,
  ): SendClientFromDescriptors<H>;
  sendClient<P extends string, H extends HandlerDescriptors>(
    contract: ObjectDescriptor<P, H> | WorkflowDescriptor<P, H>,
    key: string,
  ): SendClientFromDescriptors<H>;
}

/** Clients whose calls carry a scope. */
export type ScopedContext = Clients;

/**
 * Every operation is recorded when it is called and gives a {@link RestatePromise}, or nothing.
 * What fails at once (a bad duration, a serde) ends the attempt; its promise never settles.
 */
export interface Context extends RestateContext, Clients {
  readonly rand: Rand;
  /** Says nothing while replaying. */
  readonly console: Console;
  readonly date: ContextDate;

  /** Executes `action` once and records its result; it starts when something is awaited. */
  run<T>(action: RunAction<T>): RestatePromise<T>;
  run<T>(name: string, action: RunAction<T>): RestatePromise<T>;
  run<T>(name: string, action: RunAction<T>, options: RunOptions<T>): RestatePromise<T>;

  /** Milliseconds or a duration, not negative. */
  sleep(duration: Duration | number, name?: string): RestatePromise<void>;

  /**
   * Calls `fn` for each item, at most `concurrency` at a time, in the order of the items; gives the
   * values in that order. A replay makes the same calls at the same places.
   *
   * `fn` gives a promise of the context (a call, a run, a combination), or is an asynchronous
   * function with as many durable steps as it likes. It may await such promises alone: what else
   * takes time (I/O, timers of the runtime) belongs into a `ctx.run`, or the order of the steps is
   * another in the next attempt, which fails with a journal mismatch.
   *
   * The map begins at once, and goes on whenever the handler awaits something durable. An item that
   * has ended is forgotten but for its value, so any iterable will do, a generator of a hundred
   * thousand items too. Only a `TerminalError` is a failure of an item (see `onError`); whatever
   * else is thrown ends the attempt. Cancelling the invocation stops the map.
   */
  map<T, R>(
    items: Iterable<T>,
    fn: MapFunction<T, R>,
    options: MapOptions & { readonly onError: "settle" },
  ): RestatePromise<PromiseSettledResult<Awaited<R>>[]>;
  map<T, R>(
    items: Iterable<T>,
    fn: MapFunction<T, R>,
    options?: MapOptions,
  ): RestatePromise<Awaited<R>[]>;

  /**
   * The same, with the outcomes one by one as the journal completes them; a replay gives them in the
   * same order. It begins when the first is asked for. What is in flight and what has not been taken
   * are together no more than `concurrency`, so nothing piles up behind a slow loop. A loop that is
   * left early starts nothing more.
   */
  mapUnordered<T, R>(
    items: Iterable<T>,
    fn: MapFunction<T, R>,
    options: MapOptions & { readonly onError: "settle" },
  ): AsyncIterableIterator<SettledItem<T, Awaited<R>>>;
  mapUnordered<T, R>(
    items: Iterable<T>,
    fn: MapFunction<T, R>,
    options?: MapOptions,
  ): AsyncIterableIterator<MappedItem<T, Awaited<R>>>;

  /** A promise that something outside completes, through the ingress or another handler. */
  awakeable<T>(serde?: Serde<T>): Awakeable<T>;
  /** Without a serde, no payload is `null`; with one, it is no bytes. */
  resolveAwakeable<T>(id: string, payload?: T, serde?: Serde<T>): void;
  /** A text is a failure with code 500; an error keeps its code and metadata. */
  rejectAwakeable(id: string, reason: string | TerminalError): void;

  /** The next signal of this name to this invocation: each call takes one, in their order. */
  signal<T>(name: string, serde?: Serde<T>): RestatePromise<T>;

  /** Clients whose calls carry `scopeKey`. Needs protocol version 7. */
  scope(scopeKey: string): ScopedContext;

  genericCall<REQ = Uint8Array, RES = Uint8Array>(
    call: GenericCall<REQ, RES>,
  ): InvocationPromise<RES>;
  genericSend<REQ = Uint8Array>(send: GenericSend<REQ>): InvocationHandle;

  /** An invocation, to be cancelled, signalled or attached to. */
  invocation(invocationId: InvocationId): InvocationReference;
  /** The same as `invocation(id).cancel()`. Deprecated. */
  cancel(invocationId: InvocationId): void;
  /** The same as `invocation(id).attach(serde)`. Deprecated. */
  attach<T>(invocationId: InvocationId, serde?: Serde<T>): RestatePromise<T>;

  request(): Request;
}
