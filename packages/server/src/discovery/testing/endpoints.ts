/** Little servers that answer a discovery, well or badly. Each ends with the test that started it. */
import { createServer as createHttp1Server } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import type { EndpointManifest, ServiceManifest } from "@rejoin/protocol";
import { onTestFinished } from "vitest";

export const MANIFEST_TYPE = "application/vnd.restate.endpointmanifest.v4+json";

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Keep silent for ever. */
  readonly stall?: "before" | "after-headers";
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Endpoint {
  readonly url: string;
  readonly port: number;
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

export type Respond = (seen: Seen, times: number) => Answer;

export function manifestOf(
  services: readonly ServiceManifest[],
  rest: Partial<EndpointManifest> = {},
): EndpointManifest {
  const range = { minProtocolVersion: 5, maxProtocolVersion: 7 };
  return { protocolMode: "BIDI_STREAM", ...range, services, ...rest };
}

export function greeter(handler = "greet"): ServiceManifest {
  return { name: "greeter", ty: "SERVICE", handlers: [{ name: handler }] };
}

/** A good answer. */
export function answerWith(manifest: unknown, headers: Record<string, string> = {}): Answer {
  return {
    headers: { "content-type": MANIFEST_TYPE, "x-restate-server": "test-sdk/1.0", ...headers },
    body: typeof manifest === "string" ? manifest : JSON.stringify(manifest),
  };
}

interface ServerResponse {
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  flushHeaders?(): void;
  write(chunk: string): unknown;
  end(body?: string): unknown;
}

interface ServerRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Seen["headers"];
}

function createListener(respond: Respond, seen: Seen[]) {
  return (request: ServerRequest, response: ServerResponse): void => {
    const one = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: { ...request.headers },
    };
    seen.push(one);
    const answer = respond(one, seen.length);
    if (answer.stall === "before") return;
    response.writeHead(answer.status ?? 200, answer.headers ?? {});
    if (answer.stall === "after-headers") response.write("{");
    else response.end(answer.body ?? "");
  };
}

/** Over HTTP/2 without TLS. */
export function serveHttp2(respond: Respond): Promise<Endpoint> {
  const seen: Seen[] = [];
  const server = createHttp2Server(createListener(respond, seen) as never);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => undefined);
  });
  const end = () => {
    for (const session of sessions) session.destroy();
  };
  return listen(server as unknown as Server, seen, { scheme: "http", end });
}

/** Over HTTP/1.1 alone. */
export function serveHttp1(respond: Respond): Promise<Endpoint> {
  const seen: Seen[] = [];
  const server = createHttp1Server(createListener(respond, seen) as never);
  return listen(server, seen, { scheme: "http", end: () => server.closeAllConnections() });
}

/** Over TLS, in HTTP/2 or, with `onlyHttp1`, in HTTP/1.1. */
export function serveTls(
  respond: Respond,
  options: { readonly key: string; readonly cert: string; readonly onlyHttp1: boolean },
): Promise<Endpoint> {
  const seen: Seen[] = [];
  const { key, cert, onlyHttp1 } = options;
  const listener = createListener(respond, seen) as never;
  const server = onlyHttp1
    ? createHttpsServer({ key, cert }, listener)
    : createSecureServer({ key, cert, allowHTTP1: true }, listener);
  const sockets = new Set<Socket>();
  server.on("secureConnection", (socket: Socket) => sockets.add(socket));
  server.on("sessionError", () => undefined);
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return listen(server as unknown as Server, seen, { scheme: "https", end });
}

/** Whatever `onSocket` does. */
export function serveTcp(onSocket: (socket: Socket) => void): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  return listen(server, [], { scheme: "http", end });
}

/** A port at which nothing listens. */
export async function freePort(): Promise<number> {
  const endpoint = await serveTcp(() => undefined);
  await endpoint.close();
  return endpoint.port;
}

async function listen(
  server: Server,
  seen: readonly Seen[],
  { scheme, end }: { readonly scheme: string; readonly end: () => void },
): Promise<Endpoint> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      end();
    });
    return closed;
  };
  onTestFinished(close);
  return { url: `${scheme}://127.0.0.1:${port}`, port, seen, close };
}
