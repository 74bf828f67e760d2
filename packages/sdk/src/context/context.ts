/** The context: what a handler can do durably. */
import type { Client, GenericCall, GenericSend, SendClient } from "../definitions/rpc.ts";
import type { RestateContext, Service, ServiceDefinitionFrom } from "../definitions/types.ts";
import type { Duration } from "../duration.ts";
import type {
  DurablePromise,
  InvocationHandle,
  InvocationPromise,
} from "../promise/durable-promise.ts";
import type { Serde } from "../serde/serde.ts";
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

/**
 * Every operation is recorded when it is called and gives a {@link DurablePromise}, or nothing.
 * What fails at once (a bad duration, a serde) ends the attempt; its promise never settles.
 */
export interface Context extends RestateContext {
  readonly rand: Rand;
  /** Says nothing while replaying. */
  readonly console: Console;
  readonly date: ContextDate;

  /** Executes `action` once and records its result; it starts when something is awaited. */
  run<T>(action: RunAction<T>): DurablePromise<T>;
  run<T>(name: string, action: RunAction<T>): DurablePromise<T>;
  run<T>(name: string, action: RunAction<T>, options: RunOptions<T>): DurablePromise<T>;

  /** Milliseconds or a duration, not negative. */
  sleep(duration: Duration | number, name?: string): DurablePromise<void>;

  serviceClient<D>(opts: ServiceDefinitionFrom<D>): Client<Service<D>>;
  serviceSendClient<D>(opts: ServiceDefinitionFrom<D>): SendClient<Service<D>>;

  genericCall<REQ = Uint8Array, RES = Uint8Array>(
    call: GenericCall<REQ, RES>,
  ): InvocationPromise<RES>;
  genericSend<REQ = Uint8Array>(send: GenericSend<REQ>): InvocationHandle;

  request(): Request;
}
