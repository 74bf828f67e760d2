/**
 * Serves one request: answers it, or pumps an attempt through it.
 *
 * While the response cannot be written the request is not read: what is buffered is at most what one
 * turn of user code writes. Errors of a connection end its attempts, and nothing else.
 */
import type { AttemptPump } from "../http/attempt-pump.ts";
import type { HttpEndpoint, HttpInvocation } from "../http/http-endpoint.ts";
import type { HttpAnswer } from "../http/http-exchange.ts";
import type { NodeExchange } from "./node-exchange.ts";

/** Attempts whose connections are open. */
export type OpenPumps = Set<AttemptPump>;

/** Answers `exchange`; while it is open, an invocation's pump is in `pumps`. */
export function serveExchange(
  endpoint: HttpEndpoint,
  exchange: NodeExchange,
  pumps: OpenPumps,
): void {
  const { readable, writable, request, mode } = exchange;
  // A connection that breaks is seen by its close; without listeners an error would end the process.
  readable.on("error", ignore);
  if ((writable as unknown) !== readable) writable.on("error", ignore);
  const answer = endpoint.handle(request, mode);
  if (answer.kind === "answer") sendAnswer(exchange, answer);
  else pumpInvocation(exchange, answer, pumps);
}

/** Answers in full, whatever the request has to say. */
export function sendAnswer(exchange: NodeExchange, answer: HttpAnswer): void {
  const { readable, writable } = exchange;
  exchange.respond(answer.status, answer.headers);
  writable.end(answer.body);
  readable.resume();
}

function pumpInvocation(
  exchange: NodeExchange,
  invocation: HttpInvocation,
  pumps: OpenPumps,
): void {
  const { readable, writable } = exchange;
  let closed = false;
  exchange.respond(200, invocation.headers);
  const pump = invocation.open({
    write(bytes) {
      if (!closed && !writable.write(bytes)) readable.pause();
    },
    end(bytes) {
      if (closed) return;
      if (bytes === undefined) writable.end();
      else writable.end(bytes);
      // What still arrives is dropped, so that the stream can end.
      readable.resume();
    },
  });
  pumps.add(pump);
  readable.on("data", (chunk: Uint8Array) => pump.push(chunk));
  readable.on("end", () => pump.closeInput());
  writable.on("drain", () => readable.resume());
  writable.on("close", () => {
    closed = true;
    pumps.delete(pump);
    if (!pump.ended) pump.abort(new Error("the connection was lost"));
  });
}

function ignore(): void {}
