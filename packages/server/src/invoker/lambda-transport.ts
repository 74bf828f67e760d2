/**
 * Attempts at a function of AWS Lambda: a call each, which carries the journal and gives back what
 * the endpoint did with it.
 */
import type { AttemptFailure } from "@rejoin/engine";
import { invocationContentType } from "@rejoin/protocol";
import type { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import {
  decodeAnswer,
  type EndpointAnswer,
  encodeEvent,
  LAMBDA_REQUEST_BYTES_MAX,
  refuseBody,
} from "../lambda/event.ts";
import { LambdaError } from "../lambda/lambda-error.ts";
import type { FunctionCaller, LambdaFunction } from "../lambda/lambda-function.ts";
import type { Ports } from "../ports/ports.ts";
import { encodeItems } from "./encode-items.ts";
import { findResponseProblem } from "./http-response.ts";
import { InboundDecoder } from "./inbound-decoder.ts";
import { invokeHeaders, invokePath } from "./invoke-request.ts";
import { lambdaFailure } from "./lambda-failure.ts";
import { protocolFailure } from "./stream-failures.ts";
import type {
  AttemptListener,
  AttemptRequest,
  AttemptStream,
  OutboundItem,
  RetryAdvice,
  Transport,
} from "./transport.ts";

/** A function, and how it is spoken to. */
export interface LambdaEndpoint extends LambdaFunction {
  /** Bodies from so many bytes on are compressed; `undefined` if the endpoint cannot read that. */
  readonly compressFromBytes: number | undefined;
  readonly additionalHeaders: Readonly<Record<string, string>>;
  readonly outgoing: OutgoingHeaders;
  readonly functions: FunctionCaller;
  readonly messageBytesMax: number;
  /** Of a request or an answer before it is compressed. */
  readonly bodyBytesMax: number;
}

/** Of an answer, decoded at once: what follows waits if the attempt does not read. */
const SLICE_BYTES = 64 * 1024;

export class LambdaTransport implements Transport {
  readonly isOneWay = true;
  private readonly endpoint: LambdaEndpoint;
  private readonly ports: Ports;

  constructor(endpoint: LambdaEndpoint, ports: Ports) {
    this.endpoint = endpoint;
    this.ports = ports;
  }

  open(request: AttemptRequest, listener: AttemptListener): AttemptStream {
    return new LambdaAttemptStream(this.endpoint, this.ports, request, listener);
  }

  /** Nothing is kept open for a function. */
  retire(): void {}

  close(): void {}
}

class LambdaAttemptStream implements AttemptStream {
  private readonly endpoint: LambdaEndpoint;
  private readonly ports: Ports;
  private readonly request: AttemptRequest;
  private readonly listener: AttemptListener;
  private readonly canceller = new AbortController();
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private called = false;
  private ended = false;
  private resume: (() => void) | undefined;
  private reading = true;

  constructor(
    endpoint: LambdaEndpoint,
    ports: Ports,
    request: AttemptRequest,
    listener: AttemptListener,
  ) {
    this.endpoint = endpoint;
    this.ports = ports;
    this.request = request;
    this.listener = listener;
  }

  /** What can never be carried is counted to its end, for the message, and not kept. */
  send(items: readonly OutboundItem[]): void {
    if (this.called || this.ended) return;
    const bytes = encodeItems(items, this.request.version);
    this.bytes += bytes.length;
    if (this.isTooLarge) this.chunks = [];
    else this.chunks.push(bytes);
  }

  drained(): undefined {
    return undefined;
  }

  setReading(reading: boolean): void {
    this.reading = reading;
    if (reading) this.resume?.();
  }

  closeInput(): void {
    if (this.called || this.ended) return;
    this.called = true;
    this.call().catch((error: unknown) => this.fail(error));
  }

  abort(reason: string): void {
    this.ended = true;
    this.chunks = [];
    this.canceller.abort(new Error(reason));
    this.resume?.();
  }

  private get isTooLarge(): boolean {
    const { compressFromBytes, bodyBytesMax } = this.endpoint;
    const isCompressed = compressFromBytes !== undefined && this.bytes >= compressFromBytes;
    return this.bytes > (isCompressed ? bodyBytesMax : LAMBDA_REQUEST_BYTES_MAX);
  }

  private async call(): Promise<void> {
    const { endpoint, request } = this;
    if (this.isTooLarge) throw refuseBody(this.bytes);
    const body = Buffer.concat(this.chunks);
    this.chunks = [];
    const [path, headers] = [invokePath(request), invokeHeaders(request, endpoint)];
    const event = { method: "POST", path, headers, body } as const;
    const payload = await encodeEvent(event, endpoint.compressFromBytes);
    const answer = await endpoint.functions.call(endpoint, payload, this.canceller.signal);
    await this.read(await decodeAnswer(answer, endpoint.bodyBytesMax));
  }

  private async read({ status, headers, body }: EndpointAnswer): Promise<void> {
    const found = findResponseProblem(
      {
        status,
        contentType: headers.get("content-type"),
        retryAfter: headers.get("retry-after"),
      },
      invocationContentType(this.request.version),
      this.ports.clock.now(),
    );
    if (found !== undefined) {
      return this.end(found.failure, { nextRetryDelayMs: found.nextRetryDelayMs });
    }
    const problem = await this.decode(body);
    this.end(problem);
  }

  private async decode(body: Uint8Array): Promise<AttemptFailure | undefined> {
    const decoder = new InboundDecoder(this.request.version, this.endpoint.messageBytesMax);
    try {
      for (let at = 0; at < body.length && !this.ended; at += SLICE_BYTES) {
        decoder.push(body.subarray(at, at + SLICE_BYTES), this.listener);
        await this.whenReading();
      }
      if (!this.ended) decoder.finish();
      return undefined;
    } catch (error) {
      return protocolFailure(error);
    }
  }

  private whenReading(): Promise<void> | undefined {
    if (this.reading || this.ended) return undefined;
    return new Promise((resolve) => {
      this.resume = resolve;
    });
  }

  private fail(error: unknown): void {
    const known =
      error instanceof LambdaError
        ? error
        : new LambdaError(`the call failed: ${String(error)}`, {
            kind: "unreachable",
            cause: error,
          });
    const { failure, retry } = lambdaFailure(known, this.request.deploymentId);
    this.end(failure, retry);
  }

  private end(failure: AttemptFailure | undefined, retry?: RetryAdvice): void {
    if (this.ended) return;
    this.ended = true;
    this.listener.onEnd(failure, retry);
  }
}
