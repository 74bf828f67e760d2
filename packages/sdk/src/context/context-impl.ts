/** The context of one attempt: thin over the operations, each of which has a file of its own. */
import { invocationKeyFromBytes, randomSeedOf, type Uint64 } from "@rejoin/protocol";
import type { Attempt, AttemptContext } from "../attempt/attempt.ts";
import type { Client, GenericCall, GenericSend, SendClient } from "../definitions/rpc.ts";
import type { Service, ServiceDefinitionFrom } from "../definitions/types.ts";
import type { Duration } from "../duration.ts";
import type { Child } from "../promise/driver.ts";
import type {
  DurablePromise,
  InvocationHandle,
  InvocationPromise,
} from "../promise/durable-promise.ts";
import { binary } from "../serde/namespace.ts";
import type { Serde } from "../serde/serde.ts";
import { issueCall, issueSend } from "./calls.ts";
import type { ClientFactory } from "./clients.ts";
import { createConsole } from "./console.ts";
import type { Context, ContextDate, Rand, RunAction, RunOptions } from "./context.ts";
import { SeededRand } from "./rand.ts";
import type { Request } from "./request.ts";
import { createRequest } from "./request-impl.ts";
import { issueRun } from "./run.ts";
import { issueSleep } from "./sleep.ts";

/** Before version 6 the Start message has no seed: it is computed from the id. */
function seedOf({ vm }: Attempt): Uint64 {
  const { id, randomSeed } = vm.startMessage;
  return vm.version >= 6 ? randomSeed : randomSeedOf(invocationKeyFromBytes(id));
}

export class ContextImpl implements Context, AttemptContext {
  readonly attempt: Attempt;
  readonly #clients: ClientFactory;
  #rand: Rand | undefined = undefined;
  #console: Console | undefined = undefined;
  #date: ContextDate | undefined = undefined;
  #request: Request | undefined = undefined;

  constructor(attempt: Attempt, clients: ClientFactory) {
    this.attempt = attempt;
    this.#clients = clients;
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
  ): DurablePromise<T> {
    return issueRun(this.attempt, nameOrAction, action, options);
  }

  sleep(duration: Duration | number, name?: string): DurablePromise<void> {
    return issueSleep(this.attempt, duration, name);
  }

  startTimer(duration: Duration | number): Child {
    return issueSleep(this.attempt, duration, undefined);
  }

  serviceClient<D>(opts: ServiceDefinitionFrom<D>): Client<Service<D>> {
    return this.#clients.call(opts, this) as Client<Service<D>>;
  }

  serviceSendClient<D>(opts: ServiceDefinitionFrom<D>): SendClient<Service<D>> {
    return this.#clients.send(opts, this) as SendClient<Service<D>>;
  }

  genericCall<REQ = Uint8Array, RES = Uint8Array>(
    call: GenericCall<REQ, RES>,
  ): InvocationPromise<RES> {
    const { service, method, parameter, inputSerde, outputSerde } = call;
    return issueCall<RES>(
      this.attempt,
      { service, handler: method, key: call.key ?? "", options: call },
      parameter,
      (inputSerde ?? binary) as Serde<unknown>,
      (outputSerde ?? binary) as Serde<RES>,
    );
  }

  genericSend<REQ = Uint8Array>(send: GenericSend<REQ>): InvocationHandle {
    const { service, method, parameter, inputSerde } = send;
    return issueSend(
      this.attempt,
      { service, handler: method, key: send.key ?? "", options: send },
      parameter,
      (inputSerde ?? binary) as Serde<unknown>,
    );
  }
}
