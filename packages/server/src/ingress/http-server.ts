/** The ingress on a socket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Header } from "@rejoin/protocol";
import { HttpError } from "./http-error.ts";
import type { Ingress, IngressRequest, IngressResponse } from "./ingress.ts";

export function createIngressServer(ingress: Ingress, requestBytesMax: number): Server {
  return createServer((incoming, outgoing) => {
    void serve(ingress, incoming, outgoing, requestBytesMax);
  });
}

async function serve(
  ingress: Ingress,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requestBytesMax: number,
): Promise<void> {
  const response = await ingress.handle(toRequest(incoming, outgoing, requestBytesMax));
  if (outgoing.destroyed) return;
  write(outgoing, response);
  // What was not read of the body is not wanted any more.
  if (!incoming.complete) incoming.resume();
}

function write(outgoing: ServerResponse, response: IngressResponse): void {
  const length = typeof response.body === "string" ? Buffer.byteLength(response.body) : response.body.length;
  outgoing.writeHead(response.status, { ...response.headers, "content-length": length });
  outgoing.end(response.body);
}

function toRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  requestBytesMax: number,
): IngressRequest {
  const pathAndQuery = incoming.url ?? "/";
  const mark = pathAndQuery.indexOf("?");
  const path = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark);
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URLSearchParams(mark === -1 ? "" : pathAndQuery.slice(mark + 1)),
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
    headers.push({ key: (rawHeaders[i] ?? "").toLowerCase(), value: rawHeaders[i + 1] ?? "" });
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
        incoming.pause();
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    });
    incoming.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    incoming.on("error", () => reject(new HttpError(400, "the body ended before its end")));
  });
}
