/** Attempts at a deployment over HTTP/2: one bidirectional stream each. */
import {
  type ClientHttp2Stream,
  constants,
  type Http2Session,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import type { AttemptFailure } from "@rejoin/engine";
import { invocationContentType, type ProtocolVersion } from "@rejoin/protocol";
import type { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import type { Ports } from "../ports/ports.ts";
import type { ForwardProxy } from "../proxy/forward-proxy.ts";
import { encodeItems } from "./encode-items.ts";
import { findResponseProblem, networkFailure } from "./http-response.ts";
import { DEFAULT_SESSION_LIMITS, SessionPool } from "./http2-sessions.ts";
import { InboundDecoder } from "./inbound-decoder.ts";
import { invokeHeaders, invokePath } from "./invoke-request.ts";
import { brokenConnection, connectionFailure, protocolFailure } from "./stream-failures.ts";
import type {
  AttemptListener,
  AttemptRequest,
  AttemptStream,
  OutboundItem,
  Transport,
} from "./transport.ts";

/** A deployment over HTTP, and how it is spoken to. */
export interface HttpEndpoint {
  /** Such as `http://localhost:9080/prefix`. */
  readonly uri: string;
  /** Whether the endpoint is told nothing after the journal. */
  readonly isOneWay: boolean;
  readonly additionalHeaders: Readonly<Record<string, string>>;
  readonly outgoing: OutgoingHeaders;
  readonly messageBytesMax: number;
  readonly connectTimeoutMs: number;
  /** Through which it is reached, if it is not on its list of exceptions. */
  readonly proxy?: ForwardProxy | undefined;
}

/** After its last word an endpoint has so long to end its side. */
const DRAIN_MS = 5000;
/** And so long to end a stream that was given up, before it is reset. */
const ABORT_MS = 1000;

export class Http2Transport implements Transport {
  readonly isOneWay: boolean;
  private readonly endpoint: HttpEndpoint;
  private readonly ports: Ports;
  private readonly pool: SessionPool;
  private readonly pathPrefix: string;
  private readonly query: string;

  constructor(endpoint: HttpEndpoint, ports: Ports) {
    this.endpoint = endpoint;
    this.isOneWay = endpoint.isOneWay;
    this.ports = ports;
    const url = new URL(endpoint.uri);
    this.pathPrefix = url.pathname.replace(/\/$/, "");
    this.query = url.search;
    const { connectTimeoutMs, proxy } = endpoint;
    const limits = { ...DEFAULT_SESSION_LIMITS, connectTimeoutMs };
    this.pool = new SessionPool(url.origin, ports, limits, proxy?.tunnelTo(url));
  }

  get openStreams(): number {
    return this.pool.streamCount;
  }

  open(request: AttemptRequest, listener: AttemptListener): AttemptStream {
    return new Http2AttemptStream(() => this.request(request), request, listener, {
      uri: this.endpoint.uri,
      ports: this.ports,
      messageBytesMax: this.endpoint.messageBytesMax,
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
    return this.pool.request({
      ":method": "POST",
      ...invokeHeaders(request, this.endpoint),
      ":path": this.pathPrefix + invokePath(request) + this.query,
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
      const failure = connectionFailure(this.uri, error);
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
   * Unless it has to be at once, the endpoint is given a moment to end the stream itself: servers drop a connection on which too
   * many streams are reset at once, with everything else that runs on it.
   */
  abort(_reason: string, atOnce = false): void {
    this.ended = true;
    this.cancelDrain?.();
    const { stream } = this;
    if (stream === undefined || stream.destroyed) return;
    if (atOnce) {
      stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
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
      this.failure ??= connectionFailure(this.uri, error);
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
    this.listener.onEnd(failure, { nextRetryDelayMs: this.nextRetryDelayMs });
  }
}

/** The stream has ended before the attempt, without an error that says why. */
function brokenOff(
  { rstCode }: ClientHttp2Stream,
  session: Http2Session | undefined,
): AttemptFailure {
  const isReset = rstCode !== constants.NGHTTP2_NO_ERROR && session?.closed === false;
  if (!isReset) return brokenConnection();
  return networkFailure(`the endpoint reset the stream (HTTP/2 error ${rstCode})`);
}
