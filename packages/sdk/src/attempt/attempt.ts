/**
 * One attempt: pumps messages between a sink and the state machine, and runs the handler.
 *
 * A *turn* is the only place where something is delivered to user code. It runs when user code has
 * come to rest: scheduled behind all microtasks whenever a command was issued, an await began or an
 * await was settled; run at once when a message arrives and no turn is scheduled, for then user
 * code rests already. What the turn settles starts the next turn.
 */
import type {
  Command,
  Duration,
  EndpointMessage,
  JournalValueCodec,
  Outcome,
  ProtocolVersion,
  ServerMessage,
} from "@rejoin/protocol";
import type { BoundHandler } from "../definitions/bound-handler.ts";
import { createSuspendedError, RestateError, toError } from "../errors.ts";
import type { Child, Driver, Waiter } from "../promise/driver.ts";
import {
  AttemptError,
  type AttemptFailure,
  type RelatedCommand,
  toErrorMessage,
} from "../vm/attempt-failure.ts";
import type { AwaitNode, LeafNode } from "../vm/await-node.ts";
import type { RunHandle } from "../vm/runs.ts";
import { Vm, type VmHost, type VmPolicy } from "../vm/vm.ts";
import type { AttemptHooks } from "./attempt-hooks.ts";
import { AttemptLog } from "./attempt-log.ts";
import { callHandler, type HandlerContext, type HandlerHost } from "./call-handler.ts";
import { toAttemptFailure } from "./outcome.ts";
import type { AttemptPorts, AttemptSink } from "./ports.ts";
import { CodedMessages, type DecodedTarget } from "./value-codec.ts";

/** Output is sent as soon as so many messages are waiting. */
export const OUTPUT_MESSAGES_MAX = 1000;

/** How an attempt runs user code; the context behind it is the handler's first parameter. */
export interface AttemptContext extends HandlerContext {
  startTimer(duration: Duration | number): Child;
}

/** What the attempts of an endpoint share. */
export interface AttemptRuntime {
  readonly ports: AttemptPorts;
  readonly createContext: (attempt: Attempt) => AttemptContext;
  readonly codec?: Promise<JournalValueCodec> | undefined;
  /** Replaces the state machine. */
  readonly createVm?: CreateVm | undefined;
}

/** Makes the state machine of an attempt. */
export type CreateVm = (policy: VmPolicy, host: VmHost) => Vm;

/** What the server asks for. */
export interface AttemptRequest {
  readonly version: ProtocolVersion;
  readonly headers: ReadonlyMap<string, string | string[] | undefined>;
  /** What the runtime hands over beside the request. */
  readonly extraArgs?: readonly unknown[] | undefined;
  /** Named in every log line. */
  readonly logContext?: Readonly<Record<string, string>> | undefined;
}

export class Attempt implements Driver, VmHost, HandlerHost, DecodedTarget {
  readonly handler: BoundHandler;
  readonly request: AttemptRequest;
  readonly vm: Vm;
  readonly #runtime: AttemptRuntime;
  readonly #sink: AttemptSink;
  readonly #coded: CodedMessages | undefined;
  #context: AttemptContext | undefined = undefined;
  #turnScheduled = false;
  #inTurn = false;
  #turnAgain = false;
  #ended = false;
  #waiters: Map<AwaitNode, Waiter> | undefined = undefined;
  #abortController: AbortController | undefined = undefined;
  #log: AttemptLog | undefined = undefined;
  #inputError: Error | undefined = undefined;
  hooks: AttemptHooks | undefined = undefined;
  /** The run whose closure is on the stack. */
  closure: RunHandle | undefined = undefined;

  constructor(
    runtime: AttemptRuntime,
    handler: BoundHandler,
    request: AttemptRequest,
    sink: AttemptSink,
  ) {
    this.#runtime = runtime;
    this.handler = handler;
    this.request = request;
    this.#sink = sink;
    const policy = handler.policies[request.version];
    this.vm = runtime.createVm?.(policy, this) ?? new Vm(policy, this);
    const { codec } = runtime;
    this.#coded = codec === undefined ? undefined : new CodedMessages(codec, this);
  }

  get ports(): AttemptPorts {
    return this.#runtime.ports;
  }

  get version(): ProtocolVersion {
    return this.vm.version;
  }

  /** Log lines of this attempt. */
  get log(): AttemptLog {
    this.#log ??= new AttemptLog(this.ports, this);
    return this.#log;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get replaying(): boolean {
    return this.vm.replaying;
  }

  /** Only the server can make it go on. */
  get isAtRest(): boolean {
    return this.#ended || (!this.#turnScheduled && this.vm.onlyAwaits);
  }

  get input(): Uint8Array {
    return this.vm.input.value;
  }

  get inputError(): Error | undefined {
    return this.#inputError;
  }

  /** Aborts when the attempt is over. */
  get completedSignal(): AbortSignal {
    this.#abortController ??= new AbortController();
    if (this.#ended) this.#abortController.abort();
    return this.#abortController.signal;
  }

  // ---- from the server -----------------------------------------------------------------------

  receive(messages: readonly ServerMessage[]): void {
    if (this.#coded === undefined) this.receiveDecoded(messages);
    else this.#coded.receive(messages);
  }

  /** Nothing more will come. */
  closeInput(): void {
    if (this.#coded === undefined) this.closeDecodedInput();
    else this.#coded.closeInput();
  }

  receiveDecoded(messages: readonly ServerMessage[]): void {
    for (const message of messages) this.vm.receive(message);
    this.#progress();
  }

  closeDecodedInput(): void {
    this.vm.closeInput();
    this.#progress();
  }

  undecodableInput(error: Error): void {
    this.#inputError = error;
  }

  undecodable(error: Error): void {
    this.end(toAttemptFailure(error));
  }

  /** The server has given up on this attempt. */
  abort(reason: Error): void {
    if (this.#ended) return;
    this.vm.abort();
    this.#end(() => createSuspendedError(`the attempt was aborted: ${reason.message}`));
  }

  #progress(): void {
    if (this.#ended) return;
    if (this.vm.phase === "closed") this.#finish();
    else if (this.vm.phase !== "live") return;
    else if (this.#context === undefined) this.#startHandler();
    else if (this.#inTurn) this.#turnAgain = true;
    else if (!this.#turnScheduled) this.#turn();
  }

  // ---- the handler ---------------------------------------------------------------------------

  #startHandler(): void {
    if (this.#inputError !== undefined && this.replaying) {
      // An earlier attempt could read it: what is recorded must not be given up.
      this.undecodable(this.#inputError);
      return;
    }
    const context = this.#runtime.createContext(this);
    this.#context = context;
    if (this.ports.isLogged("debug", false)) this.log.started();
    callHandler(this, context);
  }

  complete(outcome: Outcome): void {
    try {
      this.vm.complete(outcome);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (outcome.kind === "value") this.#warnOfUnstartedRuns();
    if (this.ports.isLogged("debug", false)) this.log.completed();
    this.#finish();
  }

  #warnOfUnstartedRuns(): void {
    const runs = this.vm.unstartedRuns();
    if (runs.length > 0) this.log.neverExecuted(runs);
  }

  // ---- for the context and its promises ------------------------------------------------------

  /** Issues a command; says whether it was recorded, `undefined` when the attempt has failed. */
  issue(command: Command): boolean | undefined {
    try {
      const recorded = this.vm.issue(command);
      this.scheduleTurn();
      if (this.vm.outputLength >= OUTPUT_MESSAGES_MAX) this.#flush();
      return recorded;
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  leaf(completionId: number): LeafNode {
    return this.vm.leaf(completionId);
  }

  wait(waiter: Waiter): void {
    if (this.#ended) return;
    if (this.vm.takeCancellation()) {
      this.#cancelWaiters();
      waiter.cancel();
      return;
    }
    this.#addWaiter(waiter);
    this.vm.await(waiter.node);
    this.scheduleTurn();
  }

  waitInBackground(waiter: Waiter): void {
    if (this.#ended) return;
    this.#addWaiter(waiter);
    this.vm.awaitInBackground(waiter.node);
  }

  #addWaiter(waiter: Waiter): void {
    this.#waiters ??= new Map();
    this.#waiters.set(waiter.node, waiter);
  }

  yieldToUser(): void {
    this.vm.yieldToUser();
    this.scheduleTurn();
  }

  awaitsMore(): void {
    this.vm.treeGrew();
    this.scheduleTurn();
  }

  startTimer(duration: Duration | number): Child {
    if (this.#context === undefined) throw new Error("the handler has not been started");
    return this.#context.startTimer(duration);
  }

  get position(): number {
    return this.vm.position;
  }

  resolvedOutsideStep(): void {
    this.#wakeResolved();
  }

  /** Ends the attempt with an error of user code; the server decides about the next one. */
  fail(error: unknown, related?: RelatedCommand): void {
    if (this.#ended) return;
    const cause = toError(error);
    this.log.failed(cause);
    this.vm.dropUnsentCommands();
    const failure =
      cause instanceof AttemptError
        ? { ...(related === undefined ? {} : { related }), ...cause.failure }
        : toAttemptFailure(cause, related);
    this.#fail(failure, () => cause);
  }

  /** Ends the attempt with an error message. */
  end(failure: AttemptFailure): void {
    const { code, message } = failure;
    this.#fail(failure, () => new RestateError(`(${code}) ${message}`, { errorCode: code }));
  }

  #fail(failure: AttemptFailure, toReason: () => Error): void {
    if (this.#ended) return;
    this.vm.fail(failure);
    this.#finish(toReason);
  }

  scheduleTurn(): void {
    if (this.#turnScheduled || this.#ended) return;
    this.#turnScheduled = true;
    this.ports.afterMicrotasks(() => {
      this.#turnScheduled = false;
      if (!this.#ended) this.#turn();
    });
  }

  // ---- turns ---------------------------------------------------------------------------------

  #turn(): void {
    this.#inTurn = true;
    try {
      do {
        this.#turnAgain = false;
        this.#advance();
      } while (this.#turnAgain && !this.#turnScheduled && !this.#ended);
    } catch (error) {
      this.fail(error);
    } finally {
      this.#inTurn = false;
    }
  }

  #advance(): void {
    const step = this.vm.step();
    if (this.#ended) return;
    if (step === "resolved") this.#wakeResolved();
    else if (step === "cancelled") this.#cancelWaiters();
    else this.#rest();
  }

  #wakeResolved(): void {
    for (const node of this.vm.takeResolved()) {
      const waiter = this.#waiters?.get(node);
      this.#waiters?.delete(node);
      waiter?.wake();
    }
    this.scheduleTurn();
  }

  #cancelWaiters(): void {
    // What the signal itself has settled is no longer awaited.
    this.#wakeResolved();
    for (const node of this.vm.takeRoots()) {
      const waiter = this.#waiters?.get(node);
      this.#waiters?.delete(node);
      waiter?.cancel();
    }
  }

  #rest(): void {
    const runs = this.vm.startRuns();
    if (runs.length > 0) {
      this.#flush();
      if (this.#ended) return;
      for (const run of runs) run.execute();
      // Closures that end at once are reported together with what is awaited.
      this.scheduleTurn();
      return;
    }
    this.vm.rest();
    if (this.vm.phase === "closed") {
      this.log.suspended();
      this.#finish(() => createSuspendedError("the invocation is suspended"));
    } else {
      this.#flush();
    }
  }

  #flush(): void {
    const output = this.vm.takeOutput();
    if (output !== undefined && !this.#ended) this.#send(output);
  }

  #send(output: readonly EndpointMessage[]): void {
    let encoded = output;
    try {
      encoded = this.#coded?.encode(output) ?? output;
    } catch (thrown) {
      const error = toError(thrown);
      this.#sendEncoded([toErrorMessage(toAttemptFailure(error))]);
      this.abort(error);
      return;
    }
    this.#sendEncoded(encoded);
  }

  /** A sink that throws is gone: user code must not see that, and nobody is left to tell. */
  #sendEncoded(messages: readonly EndpointMessage[]): void {
    try {
      this.#sink.send(messages);
    } catch (error) {
      this.log.sinkFailed(toError(error));
      this.abort(toError(error));
    }
  }

  /** The terminal message was written. Interceptors are shown the reason; errors are dear. */
  #finish(toReason?: () => Error): void {
    if (this.#ended) return;
    const output = this.vm.takeOutput();
    this.#ended = true;
    if (output !== undefined) this.#send(output);
    this.#end(toReason);
  }

  #end(toReason: () => Error = () => createSuspendedError("the attempt has ended")): void {
    this.#ended = true;
    this.#waiters = undefined;
    this.#sink.end();
    if (this.hooks === undefined) {
      this.#abortController?.abort();
      return;
    }
    // The handler's interceptors see the end before those of the closures that end by it.
    this.hooks.ended(toReason());
    this.ports.afterMicrotasks(() => this.#abortController?.abort());
  }
}
