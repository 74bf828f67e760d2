/** An exchange over HTTP/2, on a connection of its own. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import type { Socket } from "node:net";
import {
  BodyCollector,
  ExchangeError,
  type ExchangeRequest,
  type ExchangeResponse,
} from "./exchange.ts";

/** The peer is taken to speak HTTP/2; `socket` may still be connecting. */
export function exchangeHttp2(
  exchange: ExchangeRequest,
  socket: Socket,
): Promise<ExchangeResponse> {
  return new Promise((resolve, reject) => {
    const session = connect(exchange.url.origin, {
      createConnection: () => socket,
      settings: { enablePush: false },
    });
    const { signal } = exchange;
    // A proxy has answered on it before.
    const bytesBefore = socket.bytesRead - socket.readableLength;
    let isHttp2 = false;
    let failure: Error | undefined;
    session.once("remoteSettings", () => {
      isHttp2 = true;
    });
    const finish = (outcome: () => void) => {
      signal.removeEventListener("abort", onAbort);
      session.destroy();
      outcome();
    };
    const fail = (error: Error) => finish(() => reject(error));
    const onAbort = () => fail(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
    session.on("error", (error) => {
      failure ??= error;
    });
    // The connection's own error, which names the cause, comes before this.
    session.once("close", () =>
      fail(toExchangeError(failure, isHttp2, socket.bytesRead > bytesBefore)),
    );
    const request = open(session, exchange, fail);
    if (request !== undefined) {
      readResponse(exchange, request, (response) => finish(() => resolve(response)), fail);
      request.on("error", () => undefined);
      request.once("close", () => session.destroy(failure));
    }
  });
}

function open(
  session: ClientHttp2Session,
  { url, headers, body }: ExchangeRequest,
  fail: (error: Error) => void,
): ClientHttp2Stream | undefined {
  try {
    const path = url.pathname + url.search;
    if (body === undefined) return session.request({ ":path": path, ...headers });
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    stream.end(body);
    return stream;
  } catch (error) {
    fail(error as Error);
    return undefined;
  }
}

function readResponse(
  { bodyBytesMax }: ExchangeRequest,
  stream: ClientHttp2Stream,
  resolve: (response: ExchangeResponse) => void,
  fail: (error: Error) => void,
): void {
  const body = new BodyCollector(bodyBytesMax);
  let head: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined;
  stream.on("response", (headers) => {
    head = headers;
  });
  stream.on("data", (chunk: Buffer) => {
    try {
      body.add(chunk);
    } catch (error) {
      fail(error as Error);
    }
  });
  stream.on("end", () => {
    if (head === undefined || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return;
    const headers = head;
    resolve({
      status: headers[":status"] ?? 0,
      httpVersion: "HTTP/2.0",
      header: (name) => headers[name]?.toString(),
      body: body.take(),
    });
  });
}

function toExchangeError(
  failure: Error | undefined,
  isHttp2: boolean,
  hasAnswered: boolean,
): Error {
  const code = (failure as NodeJS.ErrnoException | undefined)?.code;
  // It said something, and not in HTTP/2.
  if (!isHttp2 && hasAnswered) {
    const text = failure?.message ?? "no HTTP/2 settings came";
    return new ExchangeError("notHttp2", text, { cause: failure });
  }
  if (failure === undefined || code === "ECONNRESET") {
    const text = "the connection was closed before the whole answer";
    return new ExchangeError("closed", text, { cause: failure });
  }
  return failure;
}
