/** The ingress on a socket. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Header } from "@rejoin/protocol";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { createDualServer, type DualServer } from "./dual-server.ts";
import { HttpError } from "./http-error.ts";
import type { Ingress, IngressRequest, IngressResponse } from "./ingress.ts";

const HEADERS_TIMEOUT_MS = 30_000;
const CONCURRENT_STREAMS_MAX = 1000;
/** Of a body that is too large so much is read, in multiples of the limit. */
const DRAINED_FACTOR_MAX = 2;
const SMALL_BODY_BYTES = 4096;
const NO_QUERY = new URLSearchParams();
/** Of HTTP/1.1; HTTP/2 has no such thing. */
const CONNECTION_HEADERS = new Set(["connection", "transfer-encoding", "upgrade", "keep-alive"]);

/** The ingress over HTTP/1.1 and HTTP/2 on one port. */
export function createIngressServer(ingress: Ingress, requestBytesMax: number): IngressServer {
  const inFlight: InFlight = { count: 0, waiting: [] };
  const dual = createDualServer(
    (incoming, outgoing) => {
      void serve(ingress, incoming, outgoing, requestBytesMax, inFlight);
    },
    { headersTimeoutMs: HEADERS_TIMEOUT_MS, concurrentStreamsMax: CONCURRENT_STREAMS_MAX },
  );
  const answered = () =>
    inFlight.count === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => inFlight.waiting.push(resolve));
  return { ...dual, answered };
}

export interface IngressServer extends DualServer {
  /** Resolves when every request that was begun has been answered. */
  answered(): Promise<void>;
}

interface InFlight {
  count: number;
  readonly waiting: (() => void)[];
}

async function serve(
  ingress: Ingress,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requestBytesMax: number,
  inFlight: InFlight,
): Promise<void> {
  inFlight.count += 1;
  outgoing.once("close", () => {
    inFlight.count -= 1;
    if (inFlight.count === 0) for (const resolve of inFlight.waiting.splice(0)) resolve();
  });
  const request = toRequest(incoming, outgoing, requestBytesMax);
  const response = answerPreflight(request) ?? (await ingress.handle(request));
  if (outgoing.destroyed) return;
  write(outgoing, response, corsHeaders(request.header("origin")));
  // What was not read of the body is not wanted any more.
  if (!incoming.complete) incoming.resume();
}

function write(
  outgoing: ServerResponse,
  response: IngressResponse,
  cors: Readonly<Record<string, string>>,
): void {
  const { body } = response;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  outgoing.writeHead(response.status, { ...response.headers, ...cors, "content-length": length });
  // As text it goes to the socket together with the headers; latin1 keeps each byte.
  const isSmall = typeof body !== "string" && length <= SMALL_BODY_BYTES;
  if (isSmall)
    outgoing.end(Buffer.from(body.buffer, body.byteOffset, length).toString("latin1"), "latin1");
  else outgoing.end(body);
}

function toRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requestBytesMax: number,
): IngressRequest {
  // A proxy may name the server in the request line: only what follows is the path.
  const pathAndQuery = (incoming.url ?? "/").replace(/^https?:\/\/[^/]*/i, "") || "/";
  const mark = pathAndQuery.indexOf("?");
  const path = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark);
  return {
    method: incoming.method ?? "GET",
    path,
    query: mark === -1 ? NO_QUERY : new URLSearchParams(pathAndQuery.slice(mark + 1)),
    pathAndQuery,
    headers: headersOf(incoming),
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: () => readBody(incoming, requestBytesMax),
    onGone: (callback) => {
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) callback();
      });
    },
  };
}

function headersOf(incoming: IncomingMessage): Header[] {
  const headers: Header[] = [];
  const { rawHeaders } = incoming;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const key = (rawHeaders[i] ?? "").toLowerCase();
    if (key.startsWith(":") || CONNECTION_HEADERS.has(key)) continue;
    headers.push({ key, value: rawHeaders[i + 1] ?? "" });
  }
  return headers;
}

function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new HttpError(413, `the body is larger than the limit of ${bytesMax} bytes`);
  if (Number(incoming.headers["content-length"] ?? 0) > bytesMax) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > bytesMax) {
        // The rest is read and dropped, so that the client comes to read the answer.
        chunks.length = 0;
        if (length > DRAINED_FACTOR_MAX * bytesMax) incoming.destroy();
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    });
    incoming.on("end", () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    );
    incoming.on("error", () => reject(new HttpError(400, "the body ended before its end")));
  });
}
