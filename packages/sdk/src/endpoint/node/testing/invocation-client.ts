/** The server's side of one invocation over a real socket: scripted messages out, messages in. */
import { type ClientRequest, request as http1Request, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import {
  decodeBody,
  type EndpointMessage,
  encodeFrames,
  FrameParser,
  invocationContentType,
  type Message,
  type ProtocolVersion,
} from "@rejoin/protocol";
import { inputMessage, readable, startMessage } from "../../../testing/messages.ts";

export interface InvocationRequest {
  readonly port: number;
  readonly version?: ProtocolVersion;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What comes back, as it comes. */
class Received {
  readonly messages: EndpointMessage[] = [];
  readonly #parser = new FrameParser();
  readonly #version: ProtocolVersion;
  readonly #waiting: (() => void)[] = [];
  closed = false;
  status = 0;
  headers: Record<string, unknown> = {};

  constructor(version: ProtocolVersion) {
    this.#version = version;
  }

  push(chunk: Uint8Array): void {
    if (this.status !== 200) return;
    for (const { code, flags, body } of this.#parser.push(chunk)) {
      this.messages.push(decodeBody(code, flags, body, this.#version) as EndpointMessage);
    }
    this.changed();
  }

  changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed) throw new Error(`closed after ${JSON.stringify(this.kinds)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  get kinds(): string[] {
    return this.messages.map(({ kind }) => kind);
  }
}

export class InvocationClient {
  readonly #received: Received;
  readonly #version: ProtocolVersion;
  readonly #stream: ClientHttp2Stream | ClientRequest;
  readonly #destroy: () => void;

  private constructor(
    stream: ClientHttp2Stream | ClientRequest,
    received: Received,
    version: ProtocolVersion,
    destroy: () => void,
  ) {
    this.#stream = stream;
    this.#received = received;
    this.#version = version;
    this.#destroy = destroy;
    stream.on("error", () => undefined);
    stream.on("close", () => {
      received.closed = true;
      received.changed();
    });
  }

  /** On a session of its own unless one is given. */
  static http2(request: InvocationRequest, shared?: ClientHttp2Session): InvocationClient {
    const { port, version = 7 } = request;
    const session = shared ?? connect(`http://127.0.0.1:${port}`);
    if (shared === undefined) session.on("error", () => undefined);
    const received = new Received(version);
    const stream = session.request(
      { ":method": "POST", ":path": pathOf(request), ...headersOf(request) },
      { endStream: false },
    );
    stream.on("response", (headers) => {
      received.status = headers[":status"] ?? 0;
      received.headers = headers;
      received.changed();
    });
    stream.on("data", (chunk: Buffer) => received.push(chunk));
    if (shared === undefined) stream.on("close", () => session.close());
    return new InvocationClient(stream, received, version, () => session.destroy());
  }

  static http1(request: InvocationRequest): InvocationClient {
    const { port, version = 7 } = request;
    const received = new Received(version);
    const outgoing = http1Request({
      method: "POST",
      host: "127.0.0.1",
      port,
      path: pathOf(request),
      headers: headersOf(request),
      agent: false,
    });
    outgoing.on("response", (response: IncomingMessage) => {
      received.status = response.statusCode ?? 0;
      received.headers = response.headers;
      received.changed();
      response.on("error", () => undefined);
      response.on("data", (chunk: Buffer) => received.push(chunk));
    });
    return new InvocationClient(outgoing, received, version, () => outgoing.destroy());
  }

  /** Start, Input and known entries in one write. */
  start(input?: unknown, ...known: readonly Message[]): this {
    const start = startMessage({ knownEntries: 1 + known.length });
    return this.send(start, inputMessage(input), ...known);
  }

  send(...messages: readonly Message[]): this {
    return this.sendBytes(encodeFrames(messages, this.#version));
  }

  sendBytes(bytes: Uint8Array): this {
    this.#stream.write(bytes);
    return this;
  }

  /** Nothing more will come. */
  half(): this {
    this.#stream.end();
    return this;
  }

  reset(code: number = constants.NGHTTP2_CANCEL): void {
    (this.#stream as ClientHttp2Stream).close(code);
  }

  breakConnection(): void {
    this.#destroy();
  }

  /** Stops and starts to read what comes back. */
  pause(): void {
    (this.#stream as ClientHttp2Stream).pause();
  }
  resume(): void {
    (this.#stream as ClientHttp2Stream).resume();
  }

  /** Bytes that the endpoint has not taken yet. */
  get unsentBytes(): number {
    return this.#stream.writableLength;
  }

  /** Resolves when what has come meets a condition. */
  until(condition: (messages: readonly EndpointMessage[]) => boolean): Promise<void> {
    return this.#received.until(() => condition(this.#received.messages));
  }

  /** Resolves when the status is known. */
  async status(): Promise<number> {
    await this.#received.until(() => this.#received.status !== 0);
    return this.#received.status;
  }

  get headers(): Record<string, unknown> {
    return this.#received.headers;
  }

  get received(): readonly EndpointMessage[] {
    return this.#received.messages;
  }

  /** Resolves when a message of `kind` has come. */
  async first<K extends EndpointMessage["kind"]>(
    kind: K,
  ): Promise<Extract<EndpointMessage, { kind: K }>> {
    const find = () => this.#received.messages.find((message) => message.kind === kind);
    await this.#received.until(() => find() !== undefined);
    return find() as Extract<EndpointMessage, { kind: K }>;
  }

  /** Resolves with all messages when the stream is over; ends this side too. */
  async finished(): Promise<unknown[]> {
    await this.#received.until(() =>
      this.#received.kinds.some((kind) => ["end", "error", "suspension"].includes(kind)),
    );
    this.half();
    await this.closed();
    return this.#received.messages.map(readable);
  }

  /** Resolves when the stream is over, however. */
  async closed(): Promise<void> {
    await this.#received.until(() => this.#received.closed).catch(() => undefined);
  }
}

function pathOf({ path = "/invoke/svc/run" }: InvocationRequest): string {
  return path;
}

function headersOf({ version = 7, headers }: InvocationRequest): Record<string, string> {
  return { "content-type": invocationContentType(version), ...headers };
}
