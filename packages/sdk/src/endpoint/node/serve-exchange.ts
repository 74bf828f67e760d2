/**
 * Serves one request: answers it, or pumps an attempt through it.
 *
 * While the response cannot be written the request is not read: what is buffered is at most what one
 * turn of user code writes. Errors of a connection end its attempts, and nothing else.
 */
import type { Readable, Writable } from "node:stream";
import { MESSAGE_BYTES_MAX } from "@rejoin/protocol";
import { createErrorAnswer } from "../http/answers.ts";
import type { AttemptPump, PumpOutput } from "../http/attempt-pump.ts";
import type { HttpEndpoint, HttpInvocation, HttpOutcome } from "../http/http-endpoint.ts";
import type { HttpAnswer, HttpConversion } from "../http/http-exchange.ts";
import type { NodeExchange } from "./node-exchange.ts";
import type { OpenPumps } from "./open-pumps.ts";

/** Answers `exchange`. As long as an invocation's connection is open, its pump is in `pumps`. */
export function serveExchange(
  endpoint: Pick<HttpEndpoint, "handle">,
  exchange: NodeExchange,
  pumps?: OpenPumps,
): void {
  const { readable, writable, request, mode } = exchange;
  // A connection that breaks is seen by its close; without listeners an error would end the process.
  readable.on("error", ignore);
  if ((writable as unknown) !== readable) writable.on("error", ignore);
  try {
    const outcome = endpoint.handle(request, mode);
    if (outcome instanceof Promise) answerLater(outcome, exchange, pumps);
    else answer(outcome, exchange, pumps);
  } catch (error) {
    fail(exchange, error);
  }
}

/** As soon as it is known how; never on a connection that was lost meanwhile. */
function answerLater(
  pending: Promise<HttpOutcome>,
  exchange: NodeExchange,
  pumps: OpenPumps | undefined,
): void {
  let lost = false;
  exchange.writable.once("close", () => {
    lost = true;
  });
  pending
    .then((outcome) => lost || answer(outcome, exchange, pumps))
    .catch((error: unknown) => fail(exchange, error));
}

function answer(outcome: HttpOutcome, exchange: NodeExchange, pumps: OpenPumps | undefined): void {
  if (outcome.kind === "answer") return sendAnswer(exchange, outcome);
  if (outcome.kind === "conversion") return convert(outcome, exchange);
  exchange.respond(200, outcome.headers);
  exchange.flushHead();
  new InvocationStream(exchange, pumps).open(outcome);
}

/** Answers when the body is there; one that is too long is not kept. */
function convert(conversion: HttpConversion, exchange: NodeExchange): void {
  const chunks: Uint8Array[] = [];
  let length = 0;
  exchange.readable.on("data", (chunk: Uint8Array) => {
    length += chunk.length;
    if (length <= MESSAGE_BYTES_MAX) chunks.push(chunk);
  });
  exchange.readable.once("end", () => {
    const tooLong = createErrorAnswer(413, `a value has ${MESSAGE_BYTES_MAX} bytes at most`);
    const answering =
      length > MESSAGE_BYTES_MAX ? tooLong : conversion.convert(Buffer.concat(chunks));
    void Promise.resolve(answering)
      .then((answer) => sendAnswer(exchange, answer))
      .catch((error: unknown) => fail(exchange, error));
  });
}

/** Answers in full, whatever the request has to say. */
function sendAnswer({ readable, writable, respond }: NodeExchange, answer: HttpAnswer): void {
  respond(answer.status, answer.headers);
  writable.end(answer.body);
  readable.resume();
}

/**
 * Joins a connection and a pump.
 *
 * Node's HTTP/2 streams outlive their use until the next full collection, and so does all that their
 * listeners refer to. So listeners refer to this object only, and it lets go of what has ended.
 */
class InvocationStream implements PumpOutput {
  readonly #readable: Readable;
  readonly #writable: Writable;
  readonly #pumps: OpenPumps | undefined;
  /** Until the attempt has ended or the connection is lost. */
  #pump: AttemptPump | undefined = undefined;
  #ticket = 0;

  constructor({ readable, writable }: NodeExchange, pumps: OpenPumps | undefined) {
    this.#readable = readable;
    this.#writable = writable;
    this.#pumps = pumps;
  }

  open(invocation: HttpInvocation): void {
    this.#pump = invocation.open(this);
    this.#ticket = this.#pumps?.add(this.#pump) ?? 0;
    this.#readable.on("data", (chunk: Uint8Array) => this.#pump?.push(chunk));
    this.#readable.on("end", () => this.#pump?.closeInput());
    this.#writable.on("close", () => this.#detach()?.abort(new Error("the connection was lost")));
  }

  write(bytes: Uint8Array): void {
    if (this.#writable.write(toBuffer(bytes)) || this.#readable.isPaused()) return;
    this.#readable.pause();
    this.#writable.once("drain", () => this.#readable.resume());
  }

  end(bytes?: Uint8Array): void {
    this.#detach();
    if (bytes === undefined) this.#writable.end();
    else this.#writable.end(toBuffer(bytes));
    // What still arrives is dropped, so that the stream can end.
    this.#readable.resume();
  }

  #detach(): AttemptPump | undefined {
    const pump = this.#pump;
    this.#pump = undefined;
    if (pump !== undefined) this.#pumps?.delete(this.#ticket);
    return pump;
  }
}

/** Typed arrays up to this length live on the heap, as long as nobody asks for their buffer. */
const HEAP_BYTES_MAX = 64;

/**
 * What Node would do by itself with a view of the bytes; but to move a small array off the heap costs
 * the garbage collector several times what copying it does.
 */
function toBuffer(bytes: Uint8Array): Buffer {
  return bytes.length <= HEAP_BYTES_MAX
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A bug: this request is answered with an error if it still can be, and the process goes on. */
function fail(exchange: NodeExchange, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  try {
    sendAnswer(exchange, createErrorAnswer(500, message));
  } catch {
    exchange.writable.destroy();
  }
}

function ignore(): void {}
