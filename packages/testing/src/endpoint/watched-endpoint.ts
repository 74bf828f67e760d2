/**
 * The services of an environment, as its server sees them: every attempt is known, and something
 * may befall it.
 */
import {
  type EndpointMessage,
  ErrorBehavior,
  type Future,
  invocationKeyFromBytes,
  type ServerMessage,
} from "@rejoin/protocol";
import type { EmbeddedEndpoint } from "@rejoin/server/internal";
import type { Activity } from "../time/activity.ts";

type Opened = ReturnType<EmbeddedEndpoint["open"]>;
type Request = Parameters<EmbeddedEndpoint["open"]>[0];
type Sink = Parameters<EmbeddedEndpoint["open"]>[1];

/** What befalls an attempt when it opens. */
export type AttemptFault = "hang" | "refuse";

/** An attempt that is open. */
export interface OpenAttempt {
  readonly service: string;
  readonly handler: string;
  /** Of its invocation, once the server has said which. */
  readonly invocation: string | undefined;
  /** Nothing of it reaches the server. */
  readonly isHanging: boolean;
  /** Only its server can make it go on. */
  readonly isAtRest: boolean;
  /** What it last said that it awaits. */
  readonly awaiting: Future | undefined;
  /** Ends the stream, as a connection that breaks; the next attempt comes at once. */
  cut(): void;
}

export interface EndpointWatch {
  readonly activity: Activity;
  /** Called for each new attempt. */
  faultOf(service: string, handler: string): AttemptFault | undefined;
  /** Called with what user code says, in order; what is returned is what the server hears. */
  said(attempt: OpenAttempt, message: EndpointMessage): EndpointMessage;
  /**
   * Whether messages wait until they are released one by one, see
   * {@link WatchedEndpoint.releaseHeld}.
   */
  readonly holdsMessages: boolean;
}

/** An endpoint of the SDK; its attempts say whether they are at rest. */
export interface RestingEndpoint extends EmbeddedEndpoint {
  open(request: Request, sink: Sink): Opened & { readonly isAtRest?: boolean };
}

export class WatchedEndpoint implements EmbeddedEndpoint {
  readonly manifest: EmbeddedEndpoint["manifest"];
  readonly convert?: NonNullable<EmbeddedEndpoint["convert"]>;
  readonly #inner: RestingEndpoint;
  readonly #watch: EndpointWatch;
  readonly #open = new Set<WatchedAttempt>();
  readonly #held: (() => void)[] = [];

  constructor(
    inner: RestingEndpoint,
    manifest: EmbeddedEndpoint["manifest"],
    watch: EndpointWatch,
  ) {
    this.#inner = inner;
    this.manifest = manifest;
    const convert = inner.convert?.bind(inner);
    if (convert !== undefined) this.convert = convert;
    this.#watch = watch;
  }

  /** All attempts that have not ended. */
  get attempts(): readonly OpenAttempt[] {
    return [...this.#open];
  }

  /** Whether none of them can go on by itself. */
  get isAtRest(): boolean {
    for (const attempt of this.#open) if (!attempt.isAtRest) return false;
    return true;
  }

  /** Passes on the next message that is held; whether there was one. */
  releaseHeld(): boolean {
    const next = this.#held.shift();
    if (next === undefined) return false;
    this.#watch.activity.touch();
    next();
    return true;
  }

  open(request: Request, sink: Sink): Opened {
    const watch = this.#watch;
    const fault = watch.faultOf(request.service, request.handler);
    watch.activity.touch();
    if (fault === "refuse")
      throw new Error("the deployment refuses the attempt, as it was told to");
    const hold = watch.holdsMessages ? this.#held : undefined;
    const attempt = new WatchedAttempt(request, sink, { fault, hold, watch, open: this.#open });
    attempt.begin(this.#inner);
    this.#open.add(attempt);
    return attempt;
  }
}

/** The next attempt begins at once: nothing is to be seen of the clock. */
const CUT: EndpointMessage = {
  kind: "error",
  code: 500,
  message: "the connection to the handler has been lost, as a test wants it",
  stacktrace: "",
  nextRetryDelayMs: 0,
  behavior: ErrorBehavior.retry,
};

interface AttemptSurroundings {
  readonly fault: AttemptFault | undefined;
  readonly hold: (() => void)[] | undefined;
  readonly watch: EndpointWatch;
  readonly open: Set<WatchedAttempt>;
}

class WatchedAttempt implements OpenAttempt {
  readonly #request: Request;
  readonly #sink: Sink;
  readonly #around: AttemptSurroundings;
  #inner: (Opened & { readonly isAtRest?: boolean }) | undefined;
  #invocation: string | undefined;
  #awaiting: Future | undefined;
  #isCut = false;
  #hasEnded = false;

  constructor(request: Request, sink: Sink, around: AttemptSurroundings) {
    this.#request = request;
    this.#sink = sink;
    this.#around = around;
  }

  get service(): string {
    return this.#request.service;
  }

  get handler(): string {
    return this.#request.handler;
  }

  get invocation(): string | undefined {
    return this.#invocation;
  }

  get isHanging(): boolean {
    return this.#around.fault === "hang";
  }

  get isAtRest(): boolean {
    return this.isHanging || this.#hasEnded || this.#inner?.isAtRest === true;
  }

  get awaiting(): Future | undefined {
    return this.#awaiting;
  }

  begin(endpoint: RestingEndpoint): void {
    this.#inner = endpoint.open(this.#request, {
      send: (messages) => this.#said(messages),
      end: () => {
        this.#hasEnded = true;
        this.#pass(() => {
          this.#close();
          this.#sink.end();
        });
      },
    });
  }

  receive(messages: readonly ServerMessage[]): void {
    this.#around.watch.activity.touch();
    for (const message of messages) {
      if (message.kind === "start") this.#invocation = invocationKeyFromBytes(message.id);
    }
    this.#inner?.receive(messages);
  }

  closeInput(): void {
    this.#around.watch.activity.touch();
    this.#inner?.closeInput();
  }

  abort(reason: Error): void {
    this.#isCut = true;
    this.#close();
    this.#inner?.abort(reason);
  }

  cut(): void {
    if (this.#isCut) return;
    this.abort(new Error("the connection has been cut"));
    this.#sink.send([CUT]);
    this.#sink.end();
  }

  #close(): void {
    this.#around.open.delete(this);
    this.#around.watch.activity.touch();
  }

  #said(messages: readonly EndpointMessage[]): void {
    const { watch, hold } = this.#around;
    const heard = messages.map((message) => {
      if (message.kind === "awaitingOn") this.#awaiting = message.awaitingOn;
      return watch.said(this, message);
    });
    const pieces = hold === undefined ? [heard] : heard.map((message) => [message]);
    for (const piece of pieces) this.#pass(() => this.#sink.send(piece));
  }

  /** To the server: at once, or when it is its turn. */
  #pass(deliver: () => void): void {
    const { hold, watch } = this.#around;
    watch.activity.touch();
    if (this.isHanging) return;
    const passed = () => {
      if (!this.#isCut) deliver();
    };
    if (hold === undefined) passed();
    else hold.push(passed);
  }
}
