/**
 * One port for HTTP/2 without TLS and for HTTP/1.1.
 *
 * A client that speaks HTTP/2 from the start sends a fixed preface; its first bytes tell the two
 * apart, and the connection is handed to the server that understands it.
 */
import { createServer as createHttp1Server, type RequestListener } from "node:http";
import {
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer, type Server, type Socket } from "node:net";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** How long a connection may take to say what it speaks, and an HTTP/1.1 request its headers. */
const HEADERS_TIMEOUT_MS = 60_000;
/** Longer than usual clients keep idle connections, so that it is they who close them. */
const IDLE_CONNECTION_MS = 75_000;
const PROBE_AFTER_IDLE_MS = 60_000;
/** Streams of one connection at a time. */
const STREAMS_MAX = 1024;
/** How much a peer may send before it is read: on one stream, on a connection. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
/**
 * So many streams may a peer reset at once, and so many more each second, before its connection is
 * ended. A server that kills many invocations resets as many streams. Node 20 does not know the
 * option and has 1000 and 33.
 */
const RESET_LIMITS = { streamResetBurst: 100_000, streamResetRate: 10_000 };
/** Beyond it, in MB, a connection gets no new streams: what its streams have not sent yet counts. */
const CONNECTION_MEMORY_MB = 512;

export interface DualServerListeners {
  readonly onRequest: RequestListener;
  readonly onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
}

export interface DualServer {
  /** Listens, closes and emits errors like any server of `node:net`. */
  readonly server: Server;
  /** Ends the connections: idle ones now, and the others after what is in flight on them. */
  endConnections(): void;
  /** Breaks the connections. */
  destroyConnections(): void;
}

/** Serves both protocols with one listener. */
export function createDualServer({ onRequest, onStream }: DualServerListeners): DualServer {
  const http1 = createHttp1Server(
    // A stream of messages takes as long as its invocation does.
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, keepAliveTimeout: IDLE_CONNECTION_MS },
    onRequest,
  );
  // It never listens itself, but only with this event begins to watch over its connections: without,
  // headersTimeout has no effect, and no connection is known as idle.
  http1.emit("listening");
  const http2 = createHttp2Server({
    ...RESET_LIMITS,
    maxSessionMemory: CONNECTION_MEMORY_MB,
    settings: { maxConcurrentStreams: STREAMS_MAX, initialWindowSize: STREAM_WINDOW_BYTES },
  });
  const undecided = new Set<Socket>();
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  http2.on("session", (session) => {
    sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.once("close", () => sessions.delete(session));
  });
  http2.on("sessionError", () => undefined);
  http2.on("stream", onStream);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    undecided.add(socket);
    socket.setKeepAlive(true, PROBE_AFTER_IDLE_MS);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      sockets.delete(socket);
      undecided.delete(socket);
    });
    sniff(socket, (isHttp2) => {
      undecided.delete(socket);
      (isHttp2 ? http2 : http1).emit("connection", socket);
    });
  });
  // A connection that cannot be accepted, for want of file descriptors say, is no reason to end.
  server.on("error", () => undefined);
  return {
    server,
    endConnections: () => {
      for (const session of sessions) session.close();
      for (const socket of undecided) socket.destroy();
      http1.closeIdleConnections();
    },
    destroyConnections: () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads as much as decides, puts it back once, and tells. */
function sniff(socket: Socket, decide: (isHttp2: boolean) => void): void {
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
  socket.setTimeout(HEADERS_TIMEOUT_MS);
  socket.on("timeout", onTimeout);
  socket.on("readable", onReadable);
  socket.on("end", onEnd);
}
