/**
 * HTTP/2 sessions to one deployment: as many as its streams need, each with a bounded number of
 * streams, closed when they have been idle for a while.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type SecureClientSessionOptions,
} from "node:http2";
import { isIP } from "node:net";
import type { Ports } from "../ports/ports.ts";
import type { Tunnel } from "../proxy/forward-proxy.ts";

export interface SessionLimits {
  /** Streams on one connection, unless the peer allows fewer. */
  readonly streamsMax: number;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Silence after which a ping is sent, and how long its answer may take. */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = {
  streamsMax: 128,
  connectTimeoutMs: 10_000,
  idleTimeoutMs: 300_000,
  pingIntervalMs: 40_000,
  pingTimeoutMs: 20_000,
};

/** How much an endpoint may send before it is read: a stream, a connection. */
const STREAM_WINDOW_BYTES = 2 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 5 * 1024 * 1024;

/** What its streams hold counts; at Node's default of 10 large payloads would refuse new ones. */
const SESSION_MEMORY_MB = 256;

interface Session {
  readonly http2: ClientHttp2Session;
  streams: number;
  cancelIdle: (() => void) | undefined;
  cancelPing: (() => void) | undefined;
}

export class SessionPool {
  private readonly authority: string;
  private readonly ports: Ports;
  private readonly limits: SessionLimits;
  private readonly tunnel: Tunnel | undefined;
  private readonly sessions = new Set<Session>();
  private closed = false;

  /** Through `tunnel`, if there is one. */
  constructor(
    authority: string,
    ports: Ports,
    limits: SessionLimits = DEFAULT_SESSION_LIMITS,
    tunnel?: Tunnel,
  ) {
    this.authority = authority;
    this.ports = ports;
    this.limits = limits;
    this.tunnel = tunnel;
  }

  get sessionCount(): number {
    return this.sessions.size;
  }

  get streamCount(): number {
    let count = 0;
    for (const session of this.sessions) count += session.streams;
    return count;
  }

  /** Opens a stream on a session that has room for it. Throws if the pool is closed. */
  request(headers: Record<string, string>): ClientHttp2Stream {
    if (this.closed) throw new Error(`the connections to ${this.authority} are closed`);
    const session = this.find() ?? this.openSession();
    const stream = session.http2.request(headers, { endStream: false });
    session.streams += 1;
    session.cancelIdle?.();
    session.cancelIdle = undefined;
    stream.once("close", () => this.released(session));
    return stream;
  }

  /** Takes no more streams; each session ends with its last one. */
  retire(): void {
    this.closed = true;
    for (const session of [...this.sessions]) {
      this.sessions.delete(session);
      session.cancelIdle?.();
      session.cancelPing?.();
      // Ends when its streams have.
      session.http2.close();
    }
  }

  /** Ends the sessions; their streams have been ended before. */
  close(): void {
    this.closed = true;
    for (const session of this.sessions) this.drop(session);
  }

  private find(): Session | undefined {
    for (const session of this.sessions) {
      const { http2 } = session;
      if (http2.destroyed || http2.closed) continue;
      const allowed = http2.remoteSettings?.maxConcurrentStreams ?? this.limits.streamsMax;
      if (session.streams < Math.min(this.limits.streamsMax, allowed)) return session;
    }
    return undefined;
  }

  private openSession(): Session {
    const http2 = connect(this.authority, {
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      ...this.connecting(),
    });
    const session: Session = { http2, streams: 0, cancelIdle: undefined, cancelPing: undefined };
    this.sessions.add(session);
    const { timers } = this.ports;
    const cancelConnect = timers.after(this.limits.connectTimeoutMs, () => {
      const seconds = this.limits.connectTimeoutMs / 1000;
      http2.destroy(new Error(`no connection to ${this.authority} within ${seconds} s`));
    });
    http2.once("connect", () => {
      cancelConnect();
      http2.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
      this.keepAlive(session);
    });
    // The streams report the error; without a listener it would end the process.
    http2.on("error", () => undefined);
    http2.once("goaway", () => this.sessions.delete(session));
    http2.once("close", () => {
      cancelConnect();
      session.cancelIdle?.();
      session.cancelPing?.();
      this.sessions.delete(session);
    });
    return session;
  }

  private connecting(): SecureClientSessionOptions {
    const { tunnel } = this;
    if (tunnel === undefined) return {};
    const { protocol, hostname } = new URL(this.authority);
    if (protocol === "http:") return { createConnection: () => tunnel.openLate() };
    const host = hostname.replace(/^\[|\]$/g, "");
    const servername = isIP(host) === 0 ? host : undefined;
    const wish = { servername, ALPNProtocols: ["h2"] };
    return { createConnection: () => tunnel.openTlsLate(wish) };
  }

  private keepAlive(session: Session): void {
    const { timers } = this.ports;
    const { http2 } = session;
    session.cancelPing = timers.after(this.limits.pingIntervalMs, () => {
      if (http2.destroyed || http2.closed) return;
      const cancelTimeout = timers.after(this.limits.pingTimeoutMs, () => {
        http2.destroy(new Error(`${this.authority} does not answer pings`));
      });
      http2.ping((error) => {
        cancelTimeout();
        if (error === null) this.keepAlive(session);
      });
    });
  }

  private released(session: Session): void {
    session.streams -= 1;
    if (session.streams > 0 || !this.sessions.has(session)) {
      if (session.streams === 0 && !session.http2.destroyed) session.http2.close();
      return;
    }
    session.cancelIdle = this.ports.timers.after(this.limits.idleTimeoutMs, () => {
      if (session.streams === 0) this.drop(session);
    });
  }

  private drop(session: Session): void {
    this.sessions.delete(session);
    session.cancelIdle?.();
    session.cancelPing?.();
    if (session.streams === 0) session.http2.close();
    else session.http2.destroy();
  }
}
