/** One request and its response on a socket, for HTTP/1.1 and HTTP/2, in one shape. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type {
  Http2ServerRequest,
  Http2ServerResponse,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import type { Readable, Writable } from "node:stream";
import type { ProtocolMode } from "../http/http-endpoint.ts";
import type { HttpRequest, HttpResponseHeaders } from "../http/http-exchange.ts";

export interface NodeExchange {
  readonly request: HttpRequest;
  readonly mode: ProtocolMode;
  readonly readable: Readable;
  readonly writable: Writable;
  /** Once, before anything is written. */
  respond(status: number, headers: HttpResponseHeaders): void;
  /** Sends the head now; otherwise it may wait for the first bytes of the body. */
  flushHead(): void;
}

/** `true`: messages go both ways at once on any connection; `false`: on none; else on HTTP/2 only. */
export type Bidirectional = boolean | undefined;

/** What a request listener of `node:http` or `node:http2` is given. */
export function toExchange(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  bidirectional: Bidirectional,
): NodeExchange {
  const { method = "", url = "", headers } = request;
  // What the two have in common is declared differently.
  const head = response as ServerResponse;
  return {
    request: { method, path: url, headers },
    mode: modeOf(bidirectional ?? request.httpVersionMajor >= 2),
    readable: request,
    writable: response,
    respond: (status, responseHeaders) => void head.writeHead(status, responseHeaders),
    flushHead: () => head.flushHeaders(),
  };
}

/** What the event `stream` of an HTTP/2 server is given: cheaper than a request and a response. */
export function toStreamExchange(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  bidirectional: Bidirectional,
): NodeExchange {
  const { ":method": method = "", ":path": path = "" } = headers;
  return {
    request: { method, path, headers },
    mode: modeOf(bidirectional ?? true),
    readable: stream,
    writable: stream,
    respond: (status, responseHeaders) => {
      stream.respond({ ":status": status, ...responseHeaders });
    },
    flushHead: () => undefined,
  };
}

function modeOf(bidirectional: boolean): ProtocolMode {
  return bidirectional ? "BIDI_STREAM" : "REQUEST_RESPONSE";
}
