/** Attempts at services of this process: decoded messages, no bytes. */
import type { AttemptFailure } from "@rejoin/engine";
import {
  decodeBody,
  type EndpointMessage,
  type ProtocolVersion,
  type ServerMessage,
} from "@rejoin/protocol";
import { problemOf } from "./message-check.ts";
import type {
  AttemptListener,
  AttemptRequest,
  AttemptStream,
  InboundItem,
  OutboundItem,
  Transport,
} from "./transport.ts";

/** Taken before anybody can replace it: fake timers of test runners do. */
const enqueueMicrotask = queueMicrotask;

/** What this transport needs of an endpoint; `@rejoin/sdk` offers it. */
export interface InProcessEndpointPort {
  open(
    request: {
      readonly service: string;
      readonly handler: string;
      readonly version: ProtocolVersion;
      readonly headers: ReadonlyMap<string, string>;
    },
    sink: { send(messages: readonly EndpointMessage[]): void; end(): void },
  ): {
    receive(messages: readonly ServerMessage[]): void;
    closeInput(): void;
    abort(reason: Error): void;
  };
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();
const FRAME_HEADER_BYTES = 8;

export class InProcessTransport implements Transport {
  readonly takesMessages = true;
  private readonly endpoint: InProcessEndpointPort;

  constructor(endpoint: InProcessEndpointPort) {
    this.endpoint = endpoint;
  }

  open(request: AttemptRequest, listener: AttemptListener): AttemptStream {
    const { service, handler, version, traceHeaders } = request;
    const headers = traceHeaders === undefined ? NO_HEADERS : new Map(Object.entries(traceHeaders));
    try {
      const sink = new Sink(listener, version);
      const attempt = this.endpoint.open({ service, handler, version, headers }, sink);
      sink.abort = (reason) => attempt.abort(new Error(reason));
      return new InProcessStream(attempt, version);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const failure = { code: 404, message, stacktrace: "", docCode: "RT0012" };
      enqueueMicrotask(() => listener.onEnd(failure));
      return CLOSED_STREAM;
    }
  }
}

type InProcessAttempt = ReturnType<InProcessEndpointPort["open"]>;

class InProcessStream implements AttemptStream {
  private readonly attempt: InProcessAttempt;
  private readonly version: ProtocolVersion;

  constructor(attempt: InProcessAttempt, version: ProtocolVersion) {
    this.attempt = attempt;
    this.version = version;
  }

  send(items: readonly OutboundItem[]): void {
    this.attempt.receive(items.map((item) => toMessage(item, this.version)));
  }

  drained(): undefined {
    return undefined;
  }

  setReading(): void {}

  closeInput(): void {
    this.attempt.closeInput();
  }

  abort(reason: string): void {
    this.attempt.abort(new Error(reason));
  }
}

/** What the endpoint says. */
class Sink {
  abort: (reason: string) => void = () => undefined;
  private readonly listener: AttemptListener;
  private readonly version: ProtocolVersion;
  private hasFailed = false;

  constructor(listener: AttemptListener, version: ProtocolVersion) {
    this.listener = listener;
    this.version = version;
  }

  /** In order; what is awaited goes its own way. */
  send(messages: readonly EndpointMessage[]): void {
    if (this.hasFailed) return;
    let items: InboundItem[] = [];
    for (const message of messages) {
      const problem = problemOf(message, this.version);
      if (problem !== undefined) {
        if (items.length > 0) this.listener.onItems(items);
        this.fail(problem);
        return;
      }
      if (message.kind !== "awaitingOn") {
        items.push({ message, frame: undefined });
        continue;
      }
      if (items.length > 0) this.listener.onItems(items);
      items = [];
      const { executingSideEffects, awaitingOn } = message;
      this.listener.onAwaitingOn({ executingSideEffects, decode: () => awaitingOn });
    }
    if (items.length > 0) this.listener.onItems(items);
  }

  end(): void {
    if (!this.hasFailed) this.listener.onEnd();
  }

  private fail(problem: AttemptFailure): void {
    this.hasFailed = true;
    this.listener.onEnd(problem);
    this.abort(problem.message);
  }
}

const CLOSED_STREAM: AttemptStream = {
  send: () => undefined,
  drained: () => undefined,
  setReading: () => undefined,
  closeInput: () => undefined,
  abort: () => undefined,
};

function toMessage(item: OutboundItem, version: ProtocolVersion): ServerMessage {
  if (item.message !== undefined) return item.message;
  const body = item.frame.subarray(FRAME_HEADER_BYTES);
  return decodeBody(item.code, 0, body, version) as ServerMessage;
}
