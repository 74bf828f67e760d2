/** One attempt over HTTP/1.1. */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { AttemptFailure } from "@rejoin/engine";
import { invocationContentType, type ProtocolVersion } from "@rejoin/protocol";
import type { Ports } from "../ports/ports.ts";
import { encodeItems } from "./encode-items.ts";
import { findResponseProblem } from "./http-response.ts";
import { InboundDecoder } from "./inbound-decoder.ts";
import { brokenConnection, connectionFailure, protocolFailure } from "./stream-failures.ts";
import type { AttemptListener, AttemptRequest, AttemptStream, OutboundItem } from "./transport.ts";

export interface Http1StreamOptions {
  readonly uri: string;
  readonly ports: Ports;
  readonly messageBytesMax: number;
  /** Its input will be closed once the journal has been sent. */
  readonly isOneWay: boolean;
  readonly probe: StreamingProbe;
}

/** Finds out whether answers come before the ends of their requests. */
export interface StreamingProbe {
  /** It is not known yet. */
  readonly isWanted: boolean;
  found(streams: boolean): void;
}

/** After its last word an endpoint has so long to end its answer. */
const DRAIN_MS = 5000;
/** A request without any answer for so long is ended, to see whether the answer waits for that. */
const PROBE_MS = 3000;
/** So much of a request is kept until the answer comes, to be sent again over another connection. */
const KEPT_BYTES_MAX = 64 * 1024;
/** Connections that turned out to be closed, before that is a failure. */
const STALE_MAX = 3;
const STALE_CODES: readonly unknown[] = ["ECONNRESET", "EPIPE"];

export class Http1AttemptStream implements AttemptStream {
  private readonly open: () => ClientRequest;
  private readonly options: Http1StreamOptions;
  private readonly version: ProtocolVersion;
  private readonly listener: AttemptListener;
  private readonly decoder: InboundDecoder;
  private request: ClientRequest | undefined;
  private response: IncomingMessage | undefined;
  private reading = true;
  private ended = false;
  /** Nothing more will be sent. */
  private inputClosed = false;
  /** What has been sent, while it could be sent again. */
  private kept: Uint8Array[] | undefined = [];
  private keptBytes = 0;
  /** How much of `kept` waits for more before it is written, to go in one piece with its end. */
  private unwritten = 0;
  private staleCount = 0;
  private nextRetryDelayMs: number | undefined;
  private cancelDrain: (() => void) | undefined;
  private cancelProbe: (() => void) | undefined;
  private probeIsOver = false;

  constructor(
    open: () => ClientRequest,
    request: AttemptRequest,
    listener: AttemptListener,
    options: Http1StreamOptions,
  ) {
    this.open = open;
    this.options = options;
    this.version = request.version;
    this.listener = listener;
    this.decoder = new InboundDecoder(request.version, options.messageBytesMax);
    this.openRequest();
    if (options.probe.isWanted) this.startProbe();
  }

  send(items: readonly OutboundItem[]): void {
    if (this.ended || this.inputClosed) return;
    const bytes = encodeItems(items, this.version);
    const isKept = this.keep(bytes);
    if (isKept && this.options.isOneWay) this.unwritten += 1;
    else this.write(bytes);
  }

  drained(): Promise<void> | undefined {
    const { request } = this;
    if (request === undefined || !request.writableNeedDrain || request.destroyed) return undefined;
    return new Promise((resolve) => {
      const done = () => {
        request.off("drain", done);
        request.off("close", done);
        resolve();
      };
      request.once("drain", done);
      request.once("close", done);
    });
  }

  setReading(reading: boolean): void {
    this.reading = reading;
    if (reading) this.response?.resume();
    else this.response?.pause();
  }

  closeInput(): void {
    if (this.inputClosed) return;
    this.inputClosed = true;
    this.endRequest();
  }

  abort(_reason: string): void {
    this.ended = true;
    this.release();
    this.request?.destroy();
  }

  // ---- the request ------------------------------------------------------------------------------

  private openRequest(): void {
    try {
      this.request = this.open();
      this.attach(this.request);
    } catch (error) {
      const failure = connectionFailure(this.options.uri, error);
      queueMicrotask(() => this.end(failure));
    }
  }

  private attach(request: ClientRequest): void {
    let problem: Error | undefined;
    request.on("response", (response) => this.onResponse(response));
    request.on("error", (error) => {
      problem ??= error;
    });
    request.on("close", () => {
      if (this.ended || request !== this.request) return;
      if (this.sendAgain(request, problem)) return;
      const { uri } = this.options;
      this.end(problem === undefined ? brokenConnection() : connectionFailure(uri, problem));
    });
  }

  /** Whether the connection was an idle one that the endpoint had closed: then there are others. */
  private sendAgain(request: ClientRequest, problem: Error | undefined): boolean {
    const code = (problem as NodeJS.ErrnoException | undefined)?.code;
    const isStale = request.reusedSocket && STALE_CODES.includes(code);
    const { kept } = this;
    if (!isStale || kept === undefined || this.response !== undefined) return false;
    this.staleCount += 1;
    if (this.staleCount > STALE_MAX) return false;
    this.openRequest();
    if (this.inputClosed) this.endRequest();
    else if (this.unwritten < kept.length) this.writeKept();
    return true;
  }

  /** Whether the bytes could still be sent again. */
  private keep(bytes: Uint8Array): boolean {
    const { kept } = this;
    if (kept === undefined) return false;
    if (this.keptBytes + bytes.length <= KEPT_BYTES_MAX) {
      kept.push(bytes);
      this.keptBytes += bytes.length;
      return true;
    }
    const waiting = kept.slice(kept.length - this.unwritten);
    this.forgetKept();
    for (const chunk of waiting) this.write(chunk);
    return false;
  }

  private forgetKept(): void {
    this.kept = undefined;
    this.unwritten = 0;
  }

  private writeKept(): void {
    for (const chunk of this.kept ?? []) this.write(chunk);
    this.unwritten = 0;
  }

  private write(bytes: Uint8Array): void {
    const { request } = this;
    if (request === undefined || request.destroyed || request.writableEnded) return;
    request.write(bytes);
  }

  /** A request that has not begun goes out whole, with its length. */
  private endRequest(): void {
    const { request, kept = [] } = this;
    if (request === undefined || request.destroyed || request.writableEnded) return;
    const waiting = request.headersSent ? kept.slice(kept.length - this.unwritten) : kept;
    this.unwritten = 0;
    if (waiting.length === 0) request.end();
    else request.end(Buffer.concat(waiting));
  }

  private startProbe(): void {
    this.cancelProbe = this.options.ports.timers.after(PROBE_MS, () => {
      if (!this.options.probe.isWanted) return;
      this.probeIsOver = true;
      this.closeInput();
    });
  }

  /** An answer to a request that was ended for another reason shows nothing. */
  private noteProbe(): void {
    const { isOneWay, probe } = this.options;
    if (isOneWay || !probe.isWanted) return;
    if (!this.inputClosed) probe.found(true);
    else if (this.probeIsOver) probe.found(false);
  }

  // ---- the answer -------------------------------------------------------------------------------

  private onResponse(response: IncomingMessage): void {
    this.response = response;
    this.cancelProbe?.();
    this.noteProbe();
    if (!this.options.isOneWay || this.inputClosed) this.forgetKept();
    response.on("error", () => undefined);
    const { statusCode = 0, headers } = response;
    const found = findResponseProblem(
      {
        status: statusCode,
        contentType: headers["content-type"],
        retryAfter: headers["retry-after"],
      },
      invocationContentType(this.version),
      this.options.ports.clock.now(),
    );
    if (found !== undefined) {
      this.nextRetryDelayMs = found.nextRetryDelayMs;
      return this.failWith(found.failure);
    }
    response.on("data", (chunk: Buffer) => this.onData(chunk));
    response.on("end", () => this.onResponseEnd(response));
    if (!this.reading) response.pause();
  }

  private onData(chunk: Buffer): void {
    if (this.ended) return;
    try {
      this.decoder.push(chunk, this.listener);
    } catch (error) {
      return this.failWith(protocolFailure(error));
    }
    if (this.decoder.sawTerminal) this.drainAfterTerminal();
  }

  private drainAfterTerminal(): void {
    if (this.cancelDrain !== undefined) return;
    this.closeInput();
    this.cancelDrain = this.options.ports.timers.after(DRAIN_MS, () => this.request?.destroy());
  }

  private onResponseEnd(response: IncomingMessage): void {
    if (this.ended || !response.complete) return;
    try {
      this.decoder.finish();
    } catch (error) {
      return this.failWith(protocolFailure(error));
    }
    this.closeInput();
    this.end(undefined);
  }

  private failWith(failure: AttemptFailure): void {
    this.end(failure);
    this.request?.destroy();
  }

  private release(): void {
    this.cancelDrain?.();
    this.cancelProbe?.();
    this.forgetKept();
  }

  private end(failure: AttemptFailure | undefined): void {
    this.release();
    if (this.ended) return;
    this.ended = true;
    this.listener.onEnd(failure, { nextRetryDelayMs: this.nextRetryDelayMs });
  }
}
