/** Attempts at a deployment over HTTP/2: one bidirectional stream each. */
import {
  type ClientHttp2Stream,
  constants,
  type Http2Session,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import type { AttemptFailure } from "@rejoin/engine";
import {
  encodeFrame,
  formatInvocationId,
  HEADERS,
  invocationContentType,
  ProtocolError,
  type ProtocolVersion,
} from "@rejoin/protocol";
import type { Ports } from "../ports/ports.ts";
import { findResponseProblem, networkFailure } from "./http-response.ts";
import { SessionPool } from "./http2-sessions.ts";
import { InboundDecoder } from "./inbound-decoder.ts";
import type {
  AttemptListener,
  AttemptRequest,
  AttemptStream,
  OutboundItem,
  Transport,
} from "./transport.ts";

export interface HttpAddress {
  /** Such as `http://localhost:9080/prefix`. */
  readonly uri: string;
  readonly additionalHeaders: Readonly<Record<string, string>>;
  readonly messageBytesMax: number;
}

/** After its last word an endpoint has so long to end its side. */
const DRAIN_MS = 5000;
/** And so long to end a stream that was given up, before it is reset. */
const ABORT_MS = 1000;

export class Http2Transport implements Transport {
  private readonly address: HttpAddress;
  private readonly ports: Ports;
  private readonly pool: SessionPool;
  private readonly pathPrefix: string;
  private readonly query: string;

  constructor(address: HttpAddress, ports: Ports) {
    this.address = address;
    this.ports = ports;
    const url = new URL(address.uri);
    this.pathPrefix = url.pathname.replace(/\/$/, "");
    this.query = url.search;
    this.pool = new SessionPool(url.origin, ports);
  }

  get openStreams(): number {
    return this.pool.streamCount;
  }

  open(request: AttemptRequest, listener: AttemptListener): AttemptStream {
    return new Http2AttemptStream(() => this.request(request), request, listener, {
      uri: this.address.uri,
      ports: this.ports,
      messageBytesMax: this.address.messageBytesMax,
    });
  }

  close(): void {
    this.pool.close();
  }

  /** Lets the streams that are open run to their end, and closes the connections then. */
  retire(): void {
    this.pool.retire();
  }

  private request(request: AttemptRequest): ClientHttp2Stream {
    const contentType = invocationContentType(request.version);
    const key =
      request.objectKey === ""
        ? {}
        : { [HEADERS.serviceKey]: encodeURIComponent(request.objectKey) };
    return this.pool.request({
      ":method": "POST",
      ...this.address.additionalHeaders,
      ":path": `${this.pathPrefix}/invoke/${request.service}/${request.handler}${this.query}`,
      [HEADERS.contentType]: contentType,
      [HEADERS.accept]: contentType,
      [HEADERS.invocationId]: formatInvocationId(request.key),
      ...key,
    });
  }
}

interface StreamOptions {
  readonly uri: string;
  readonly ports: Ports;
  readonly messageBytesMax: number;
}

class Http2AttemptStream implements AttemptStream {
  private readonly uri: string;
  private readonly version: ProtocolVersion;
  private readonly listener: AttemptListener;
  private readonly ports: Ports;
  private readonly decoder: InboundDecoder;
  private stream: ClientHttp2Stream | undefined;
  private ended = false;
  private failure: AttemptFailure | undefined;
  private nextRetryDelayMs: number | undefined;
  private cancelDrain: (() => void) | undefined;

  constructor(
    open: () => ClientHttp2Stream,
    request: AttemptRequest,
    listener: AttemptListener,
    options: StreamOptions,
  ) {
    this.uri = options.uri;
    this.version = request.version;
    this.listener = listener;
    this.ports = options.ports;
    this.decoder = new InboundDecoder(request.version, options.messageBytesMax);
    try {
      this.stream = open();
      this.attach(this.stream);
    } catch (error) {
      const failure = networkFailure(connectionProblem(this.uri, error));
      queueMicrotask(() => this.end(failure));
    }
  }

  send(items: readonly OutboundItem[]): void {
    const { stream } = this;
    if (stream === undefined || this.ended || stream.writableEnded || stream.destroyed) return;
    stream.write(encodeItems(items, this.version));
  }

  drained(): Promise<void> | undefined {
    const { stream } = this;
    if (stream === undefined || !stream.writableNeedDrain || stream.destroyed) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        stream.off("drain", done);
        stream.off("close", done);
        resolve();
      };
      stream.once("drain", done);
      stream.once("close", done);
    });
  }

  setReading(reading: boolean): void {
    if (reading) this.stream?.resume();
    else this.stream?.pause();
  }

  closeInput(): void {
    if (this.stream?.writableEnded === false) this.stream.end();
  }

  /**
   * The endpoint is given a moment to end the stream itself: servers drop a connection on which too
   * many streams are reset at once, with everything else that runs on it.
   */
  abort(_reason: string): void {
    this.ended = true;
    this.cancelDrain?.();
    const { stream } = this;
    if (stream === undefined || stream.destroyed) return;
    this.closeInput();
    stream.resume();
    const cancel = this.ports.timers.after(ABORT_MS, () => stream.close(constants.NGHTTP2_CANCEL));
    stream.once("close", cancel);
  }

  private attach(stream: ClientHttp2Stream): void {
    // The stream forgets its session when it closes.
    const { session } = stream;
    stream.on("response", (headers) => this.onResponse(headers));
    stream.on("data", (chunk: Buffer) => this.onData(chunk));
    stream.on("end", () => this.onStreamEnd(stream, session));
    stream.on("error", (error) => {
      this.failure ??= networkFailure(connectionProblem(this.uri, error));
    });
    stream.on("close", () => this.end(this.failure ?? brokenOff(stream, session)));
  }

  private onResponse(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): void {
    const found = findResponseProblem(
      {
        status: headers[":status"] ?? 0,
        contentType: headers["content-type"],
        retryAfter: headers["retry-after"],
      },
      invocationContentType(this.version),
      this.ports.clock.now(),
    );
    if (found === undefined) return;
    this.nextRetryDelayMs = found.nextRetryDelayMs;
    this.failWith(found.failure);
  }

  private onData(chunk: Buffer): void {
    if (this.ended || this.failure !== undefined) return;
    try {
      this.decoder.push(chunk, this.listener);
    } catch (error) {
      this.failWith(protocolFailure(error));
      return;
    }
    if (this.decoder.sawTerminal) this.drainAfterTerminal();
  }

  /** The endpoint has said its last word: this side ends too, and it may take a while to end its own. */
  private drainAfterTerminal(): void {
    if (this.cancelDrain !== undefined) return;
    this.closeInput();
    this.cancelDrain = this.ports.timers.after(DRAIN_MS, () => {
      this.stream?.close(constants.NGHTTP2_CANCEL);
    });
  }

  private onStreamEnd(stream: ClientHttp2Stream, session: Http2Session | undefined): void {
    if (this.failure !== undefined || this.ended) return;
    // Node ends a stream that was cancelled, or whose connection was lost, like one that is complete.
    if (stream.rstCode !== constants.NGHTTP2_NO_ERROR && !this.decoder.sawTerminal) {
      this.failWith(brokenOff(stream, session));
      return;
    }
    try {
      this.decoder.finish();
    } catch (error) {
      this.failWith(protocolFailure(error));
      return;
    }
    this.closeInput();
    this.end(undefined);
  }

  private failWith(failure: AttemptFailure): void {
    this.failure ??= failure;
    this.stream?.close(constants.NGHTTP2_CANCEL);
    this.end(this.failure);
  }

  private end(failure: AttemptFailure | undefined): void {
    this.cancelDrain?.();
    if (this.ended) return;
    this.ended = true;
    this.listener.onEnd(failure, this.nextRetryDelayMs);
  }
}

/** All items in one buffer: one write, one DATA frame where it fits. */
function encodeItems(items: readonly OutboundItem[], version: ProtocolVersion): Uint8Array {
  const frames = items.map((item) =>
    item.message === undefined ? item.frame : (item.frame ?? encodeFrame(item.message, version)),
  );
  const [only] = frames;
  if (frames.length === 1 && only !== undefined) return only;
  return Buffer.concat(frames);
}

function protocolFailure(error: unknown): AttemptFailure {
  const docCode = error instanceof ProtocolError ? error.reportedAs : "RT0012";
  const message = `the endpoint violated the protocol: ${textOf(error)}`;
  return { code: 571, message, stacktrace: "", docCode };
}

/** The stream has ended before the attempt, without an error that says why. */
function brokenOff(
  { rstCode }: ClientHttp2Stream,
  session: Http2Session | undefined,
): AttemptFailure {
  const isReset = rstCode !== constants.NGHTTP2_NO_ERROR && session?.closed === false;
  return networkFailure(
    isReset
      ? `the endpoint reset the stream (HTTP/2 error ${rstCode})`
      : "the connection to the endpoint was closed before the attempt ended",
  );
}

/** What went wrong with the connection, and what to look at. */
function connectionProblem(uri: string, error: unknown): string {
  const { code, message } = rootOf(error);
  switch (code) {
    case "ECONNREFUSED":
      return `nothing listens at ${uri}: is the service running?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host of ${uri} is not known: check the deployment's address`;
    default:
      return `the connection to ${uri} broke: ${message}`;
  }
}

/** A failed connect cancels the streams that waited for it: the reason is the cause. */
function rootOf(error: unknown): { readonly code: string | undefined; readonly message: string } {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) };
  if (error.cause instanceof Error) return rootOf(error.cause);
  return { code: "code" in error ? String(error.code) : undefined, message: error.message };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
