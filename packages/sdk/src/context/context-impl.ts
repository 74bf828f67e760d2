/** The context of one attempt: thin over the operations, each of which has a file of its own. */

import {
  type Duration,
  invocationKeyFromBytes,
  randomSeedOf,
  type Serde,
  type Uint64,
} from "@rejoin/protocol";
import type { Attempt, AttemptContext } from "../attempt/attempt.ts";
import type { GenericCall, GenericSend } from "../definitions/rpc.ts";
import { TerminalError } from "../errors.ts";
import type { Child } from "../promise/driver.ts";
import type { MapFunction, MapOptions } from "../promise/map-options.ts";
import type {
  InvocationHandle,
  InvocationId,
  InvocationPromise,
  RestatePromise,
} from "../promise/restate-promise.ts";
import { binary } from "../serde/namespace.ts";
import { createAwakeable, rejectAwakeable, resolveAwakeable } from "./awakeables.ts";
import { issueCall, issueSend } from "./calls.ts";
import { ExplicitCancellation } from "./cancellation.ts";
import type { ClientFactory } from "./clients.ts";
import { createConsole } from "./console.ts";
import type {
  Awakeable,
  Context,
  ContextDate,
  InvocationReference,
  Rand,
  RunAction,
  RunOptions,
  ScopedContext,
} from "./context.ts";
import { awaitSignal, InvocationReferenceImpl, issueAttach, issueCancel } from "./invocations.ts";
import { createMapStream, issueMap } from "./map.ts";
import { SeededRand } from "./rand.ts";
import type { Request } from "./request.ts";
import { createRequest } from "./request-impl.ts";
import { issueRun } from "./run.ts";
import { ScopedClients } from "./scoped-clients.ts";
import { issueSleep } from "./sleep.ts";

/** Before version 6 the Start message has no seed: it is computed from the id. */
function seedOf({ vm }: Attempt): Uint64 {
  const { id, randomSeed } = vm.startMessage;
  return vm.version >= 6 ? randomSeed : randomSeedOf(invocationKeyFromBytes(id));
}

export class ContextImpl extends ScopedClients implements Context, AttemptContext {
  #rand: Rand | undefined = undefined;
  #console: Console | undefined = undefined;
  #date: ContextDate | undefined = undefined;
  #request: Request | undefined = undefined;
  #cancellation: ExplicitCancellation | undefined = undefined;

  constructor(attempt: Attempt, clients: ClientFactory) {
    super(attempt, clients, undefined);
  }

  get rand(): Rand {
    this.#rand ??= SeededRand.fromSeed(seedOf(this.attempt));
    return this.#rand;
  }

  get console(): Console {
    this.#console ??= createConsole(this.attempt);
    return this.#console;
  }

  get date(): ContextDate {
    const { now, isoTime } = this.attempt.ports;
    this.#date ??= {
      now: () => this.run(() => now()),
      toJSON: () => this.run(() => isoTime(now())),
    };
    return this.#date;
  }

  get defaultSerde(): Serde<unknown> {
    return this.attempt.handler.defaultSerde;
  }

  request(): Request {
    this.#request ??= createRequest(this.attempt);
    return this.#request;
  }

  run<T>(
    nameOrAction: string | RunAction<T>,
    action?: RunAction<T>,
    options?: RunOptions<T>,
  ): RestatePromise<T> {
    return issueRun(this.attempt, nameOrAction, action, options);
  }

  sleep(duration: Duration | number, name?: string): RestatePromise<void> {
    return issueSleep(this.attempt, duration, name);
  }

  startTimer(duration: Duration | number): Child {
    return issueSleep(this.attempt, duration, undefined);
  }

  map<T, R>(items: Iterable<T>, fn: MapFunction<T, R>, options: MapOptions = {}) {
    // Whether these are values or outcomes is for the overloads to say.
    // biome-ignore lint/suspicious/noExplicitAny: both of them
    return issueMap(this.attempt, items, fn, options) as RestatePromise<any>;
  }

  mapUnordered<T, R>(items: Iterable<T>, fn: MapFunction<T, R>, options: MapOptions = {}) {
    // biome-ignore lint/suspicious/noExplicitAny: both of them
    return createMapStream(this.attempt, items, fn, options) as AsyncIterableIterator<any>;
  }

  awakeable<T>(serde?: Serde<T>): Awakeable<T> {
    return createAwakeable<T>(this.attempt, this.serdeOr(serde));
  }

  resolveAwakeable<T>(id: string, payload?: T, serde?: Serde<T>): void {
    resolveAwakeable(this.attempt, id, payload, serde);
  }

  rejectAwakeable(id: string, reason: string | TerminalError): void {
    rejectAwakeable(this.attempt, id, reason);
  }

  signal<T>(name: string, serde?: Serde<T>): RestatePromise<T> {
    return awaitSignal<T>(this.attempt, name, this.serdeOr(serde));
  }

  scope(scopeKey: string): ScopedContext {
    return new ScopedClients(this.attempt, this.factory, scopeKey);
  }

  genericCall<REQ = Uint8Array, RES = Uint8Array>(
    call: GenericCall<REQ, RES>,
  ): InvocationPromise<RES> {
    const { service, method, parameter, key = "", scope, inputSerde, outputSerde } = call;
    return issueCall<RES>(
      this.attempt,
      { service, handler: method, key, scope, options: call },
      parameter,
      (inputSerde ?? binary) as Serde<unknown>,
      (outputSerde ?? binary) as Serde<RES>,
    );
  }

  genericSend<REQ = Uint8Array>(send: GenericSend<REQ>): InvocationHandle {
    const { service, method, parameter, key = "", scope, inputSerde } = send;
    return issueSend(
      this.attempt,
      { service, handler: method, key, scope, options: send },
      parameter,
      (inputSerde ?? binary) as Serde<unknown>,
    );
  }

  invocation(invocationId: InvocationId): InvocationReference {
    return new InvocationReferenceImpl(this.attempt, invocationId);
  }

  cancel(invocationId: InvocationId): void {
    issueCancel(this.attempt, invocationId);
  }

  attach<T>(invocationId: InvocationId, serde?: Serde<T>): RestatePromise<T> {
    return issueAttach<T>(this.attempt, invocationId, this.serdeOr(serde));
  }

  /** Of a keyed handler; see {@link KeyedContextImpl}. */
  get key(): string {
    const { service, name } = this.attempt.handler;
    throw new TerminalError(
      `${service}/${name} is a handler of a service, which has no key; only virtual objects and ` +
        "workflows have one",
    );
  }

  // ---- internal.ContextInternal --------------------------------------------------------------

  isProcessing(): boolean {
    return !this.attempt.vm.replaying;
  }

  cancellation(): RestatePromise<void> {
    this.#cancellation ??= new ExplicitCancellation(this.attempt);
    return this.#cancellation.next();
  }

  cancelPreviousCalls(): RestatePromise<InvocationId[]> {
    this.#cancellation ??= new ExplicitCancellation(this.attempt);
    return this.#cancellation.cancelCalls();
  }

  protected serdeOr<T>(serde: Serde<T> | undefined): Serde<T> {
    return serde ?? (this.defaultSerde as Serde<T>);
  }
}
