/** Attempts for tests of transports: what they send, and what is heard of them. */
import type { AttemptFailure } from "@rejoin/engine";
import {
  decodeBody,
  type EndpointMessage,
  encodeFrame,
  FrameParser,
  invocationContentType,
  messageKind,
  type ServerMessage,
} from "@rejoin/protocol";
import type { Ports } from "../../ports/ports.ts";
import { createRealPorts } from "../../ports/real-ports.ts";
import { keyOf } from "../../testing/records.ts";
import type {
  AttemptListener,
  AttemptRequest,
  AttemptStream,
  OutboundItem,
  RetryAdvice,
  Transport,
} from "../transport.ts";

export const REQUEST: AttemptRequest = {
  key: keyOf(1),
  service: "S",
  handler: "h",
  objectKey: "",
  version: 7,
  deploymentId: "dp_1",
};

export const CONTENT_TYPE = invocationContentType(7);

/** An Input with a value of so many bytes. */
export function input(bytes = 3): OutboundItem {
  const value = new Uint8Array(bytes).fill(7);
  return { message: { kind: "input", name: "", headers: [], value } as ServerMessage };
}

/** An Output and an End, as an endpoint sends them. */
export function outputAndEnd(bytes = 3): Buffer {
  const value = new Uint8Array(bytes).fill(9);
  return Buffer.concat([
    frameOf({ kind: "output", name: "", result: { kind: "value", value } } as EndpointMessage),
    frameOf({ kind: "end" } as EndpointMessage),
  ]);
}

function frameOf(message: EndpointMessage): Uint8Array {
  return encodeFrame(message, 7);
}

/** The kinds of the messages in the bytes of a request. */
export function kindsIn(body: Uint8Array): string[] {
  const frames = new FrameParser({ maxFrameBytes: 2 ** 26 }).push(body);
  return [...frames].map(({ code, flags, body: bytes }) => {
    decodeBody(code, flags, bytes, 7);
    return messageKind(code);
  });
}

export interface End {
  readonly failure: AttemptFailure | undefined;
  readonly retry: RetryAdvice | undefined;
}

/** An attempt that has been opened, and what has been heard of it. */
export class OpenAttempt {
  readonly stream: AttemptStream;
  readonly heard: string[] = [];
  readonly ends: End[] = [];
  readonly ended: Promise<End>;

  constructor(transport: Transport, request: AttemptRequest = REQUEST) {
    let resolve: (end: End) => void = () => undefined;
    this.ended = new Promise((done) => {
      resolve = done;
    });
    const listener: AttemptListener = {
      onItems: (items) => this.heard.push(...items.map(({ message }) => message.kind)),
      onAwaitingOn: () => this.heard.push("awaitingOn"),
      onEnd: (failure, retry) => {
        this.ends.push({ failure, retry });
        resolve({ failure, retry });
      },
    };
    this.stream = transport.open(request, listener);
  }

  /** Sends a journal of one entry, and nothing after it. */
  sendAll(bytes = 3): this {
    this.stream.send([input(bytes)]);
    this.stream.closeInput();
    return this;
  }
}

/** Timers that run when the test says so, on ports that are otherwise real. */
export class HeldTimers {
  readonly ports: Ports;
  readonly #waiting = new Map<() => void, number>();
  readonly logged: string[] = [];

  constructor() {
    this.ports = {
      ...createRealPorts((_level, message) => void this.logged.push(message)),
      timers: {
        after: (delayMs, callback) => {
          this.#waiting.set(callback, delayMs);
          return () => void this.#waiting.delete(callback);
        },
      },
    };
  }

  /** How long the timers that run were to wait. */
  get delays(): number[] {
    return [...this.#waiting.values()];
  }

  /** Runs the timers that wait for at most `delayMs`. */
  pass(delayMs: number): void {
    for (const [callback, wait] of [...this.#waiting]) {
      if (wait > delayMs) continue;
      this.#waiting.delete(callback);
      callback();
    }
  }
}
