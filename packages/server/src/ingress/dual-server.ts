/**
 * One port for HTTP/1.1 and for HTTP/2 without TLS.
 *
 * A client that speaks HTTP/2 from the start sends a fixed preface; its first bytes tell the two
 * apart, and the connection is handed to the server that understands it.
 */
import { createServer as createHttp1Server, type RequestListener } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { createServer, type Server, type Socket } from "node:net";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Answers that a client does not read yet count: at Node's default of 10 it would get no other. */
const SESSION_MEMORY_MB = 256;

export interface DualServerOptions {
  /** How long a connection may take to say what it speaks, and an HTTP/1.1 request its headers. */
  readonly headersTimeoutMs: number;
  readonly concurrentStreamsMax: number;
}

export interface DualServer {
  /** Listens and emits errors like any server of `node:net`. */
  readonly server: Server;
  /** Ends idle connections, and after what is in flight the others. */
  drain(): void;
  /** Ends all connections. */
  destroy(): void;
}

/** Serves both protocols with one listener. */
export function createDualServer(
  listener: RequestListener,
  options: DualServerOptions,
): DualServer {
  const http1 = createHttp1Server({ headersTimeout: options.headersTimeoutMs }, listener);
  // It never listens itself, and begins to watch over its connections when it would.
  http1.emit("listening");
  http1.on("request", (_request, response) => {
    response.once("close", () => {
      if (draining) http1.closeIdleConnections();
    });
  });
  let draining = false;
  const http2 = createHttp2Server(
    {
      settings: { maxConcurrentStreams: options.concurrentStreamsMax },
      maxSessionMemory: SESSION_MEMORY_MB,
    },
    // The compatibility request and response have what the listener uses of their HTTP/1.1 cousins.
    listener as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  );
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  http2.on("sessionError", () => undefined);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    sniff(socket, options.headersTimeoutMs, (isHttp2) => {
      (isHttp2 ? http2 : http1).emit("connection", socket);
    });
  });
  return {
    server,
    drain: () => {
      draining = true;
      for (const session of sessions) session.close();
      http1.closeIdleConnections();
    },
    destroy: () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads as much as decides, puts it back once, and tells. */
function sniff(socket: Socket, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const onTimeout = () => socket.destroy();
  const finish = (isHttp2: boolean) => {
    socket.off("readable", onReadable);
    socket.off("end", onEnd);
    socket.off("timeout", onTimeout);
    socket.setTimeout(0);
    if (seen.length > 0) socket.unshift(seen);
    decide(isHttp2);
  };
  // What ends before it has said what it is, is for HTTP/1.1 to refuse.
  const onEnd = () => finish(false);
  const onReadable = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const start = seen.toString("latin1", 0, PREFACE.length);
    const mayBeHttp2 = PREFACE.startsWith(start);
    if (!mayBeHttp2 || start.length === PREFACE.length) finish(mayBeHttp2);
  };
  socket.setTimeout(timeoutMs);
  socket.on("timeout", onTimeout);
  socket.on("readable", onReadable);
  socket.on("end", onEnd);
}
