/**
 * An endpoint that is discovered as one and then does with invocations what a script says. Its
 * messages are written by hand: a header of type, flags and length, and a protobuf body.
 */
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";

export interface ScriptedAttempt {
  readonly stream: ServerHttp2Stream;
  /** Of the request: `/invoke/<service>/<handler>`. */
  readonly path: string;
  /** What the answer's content-type must be. */
  readonly contentType: string;
}

export type Script = (attempt: ScriptedAttempt) => void;

export interface ScriptedService {
  readonly name: string;
  /** Fields of the service in the manifest. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Fields of the endpoint in the manifest. */
  readonly endpointOptions?: Readonly<Record<string, unknown>>;
}

const startKind = 0x0000;
const inputKind = 0x0400;
const headerBytes = 8;
const inputValueField = 14;
const valueContentField = 1;

/** A service whose handler `echo` gives back its input, unless there is a script. */
export async function startScriptedEndpoint(service: ScriptedService): Promise<ScriptedEndpoint> {
  const endpoint = new ScriptedEndpoint(service);
  await endpoint.listen(0);
  return endpoint;
}

export class ScriptedEndpoint {
  /** When each attempt came. */
  readonly attemptsAt: number[] = [];
  /** What it does instead of its work. */
  script: Script | undefined;
  readonly #service: ScriptedService;
  #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  #port = 0;

  constructor(service: ScriptedService) {
    this.#service = service;
    this.#server = this.#createServer();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Ends its connections and its port. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const session of this.#sessions) session.destroy();
    });
  }

  /** Listens on its port once more. */
  async reopen(): Promise<void> {
    this.#server = this.#createServer();
    await this.listen(this.#port);
  }

  #createServer(): Http2Server {
    const server = createServer();
    server.on("session", (session) => {
      this.#sessions.add(session);
      session.on("error", () => undefined);
      session.once("close", () => this.#sessions.delete(session));
    });
    server.on("stream", (stream, headers) => {
      stream.on("error", () => undefined);
      if (headers[":path"] === "/discover") this.#discover(stream);
      else this.#invoke(stream, headers);
    });
    return server;
  }

  #discover(stream: ServerHttp2Stream): void {
    const { name, options = {}, endpointOptions = {} } = this.#service;
    stream.respond({
      ":status": 200,
      "content-type": "application/vnd.restate.endpointmanifest.v4+json",
    });
    stream.end(
      JSON.stringify({
        protocolMode: "BIDI_STREAM",
        minProtocolVersion: 5,
        maxProtocolVersion: 7,
        services: [{ name, ty: "SERVICE", handlers: [{ name: "echo" }], ...options }],
        ...endpointOptions,
      }),
    );
  }

  #invoke(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    this.attemptsAt.push(Date.now());
    const { ":path": path = "", "content-type": contentType = "" } = headers;
    const run = this.script ?? echo;
    run({ stream, path, contentType });
  }
}

/** What a good endpoint does: Output with the input, then End. */
export function echo({ stream, contentType }: ScriptedAttempt): void {
  let received = Buffer.alloc(0);
  let isAnswered = false;
  stream.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const content = isAnswered ? undefined : findInput(received);
    if (content === undefined) return;
    isAnswered = true;
    stream.respond({ ":status": 200, "content-type": contentType });
    stream.end(Buffer.concat([output(content), frame(0x0003)]));
  });
}

/** An Output that succeeds. */
export function output(content: Uint8Array): Buffer {
  return frame(0x0401, bytesField(inputValueField, bytesField(valueContentField, content)));
}

export function frame(kind: number, body: Uint8Array = Buffer.alloc(0), length?: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(kind, 0);
  header.writeUInt32BE(length ?? body.length, 4);
  return Buffer.concat([header, body]);
}

/** A field of bytes, a string or a message. */
export function bytesField(field: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

export function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** The content of the Input, once Start and Input have arrived. */
function findInput(received: Buffer): Buffer | undefined {
  let at = 0;
  for (const kind of [startKind, inputKind]) {
    if (received.length < at + headerBytes) return undefined;
    if (received.readUInt16BE(at) !== kind) throw new Error(`not the message ${kind}`);
    const end = at + headerBytes + received.readUInt32BE(at + 4);
    if (received.length < end) return undefined;
    if (kind === inputKind) {
      const value = findBytes(received.subarray(at + headerBytes, end), inputValueField);
      return findBytes(value, valueContentField);
    }
    at = end;
  }
  return undefined;
}

/** The last field of that number in a message that has fields of bytes alone; empty if absent. */
function findBytes(message: Buffer, wanted: number): Buffer {
  let found = Buffer.alloc(0);
  for (let at = 0; at < message.length; ) {
    const [tag, afterTag] = readVarint(message, at);
    const [length, start] = readVarint(message, afterTag);
    at = start + length;
    if (Math.floor(tag / 8) === wanted) found = Buffer.from(message.subarray(start, at));
  }
  return found;
}

function readVarint(bytes: Buffer, start: number): [value: number, end: number] {
  let value = 0;
  let at = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at] ?? 0;
    at += 1;
    value += (byte % 128) * factor;
    if (byte < 128) return [value, at];
  }
}
