/**
 * Connections over HTTP/1.1 to one deployment: a bounded number, used again while they are fresh.
 *
 * An endpoint closes a connection that has been idle for a while, and may do so just when the next
 * request is on its way; so idle connections are given up before most endpoints do.
 */
import {
  type AgentOptions,
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP, type Socket } from "node:net";
import type { Ports } from "../ports/ports.ts";
import type { Tunnel } from "../proxy/forward-proxy.ts";

export interface Http1PoolOptions {
  readonly ports: Ports;
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /** How long a connection may be idle to be used again; by default 4 s. */
  readonly idleMs?: number;
  /** Through which the deployment is reached, if not directly. */
  readonly tunnel?: Tunnel | undefined;
}

/** Node's servers, for one, close a connection that is idle for 5 seconds. */
const IDLE_MS = 4000;
const IDLE_CONNECTIONS_MAX = 256;

export interface Http1Request {
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class Http1Pool {
  private readonly url: URL;
  private readonly options: Http1PoolOptions;
  private readonly agent: HttpAgent;
  private closed = false;

  constructor(url: URL, options: Http1PoolOptions) {
    this.url = url;
    this.options = options;
    const agentOptions = {
      keepAlive: true,
      maxSockets: options.connectionsMax,
      maxFreeSockets: IDLE_CONNECTIONS_MAX,
      // Only a connection without a request is closed by it.
      timeout: options.idleMs ?? IDLE_MS,
    };
    this.agent = createAgent(url, agentOptions, options.tunnel);
  }

  /** Connections that carry a request. */
  get busyCount(): number {
    return countAll(this.agent.sockets);
  }

  get idleCount(): number {
    return countAll(this.agent.freeSockets);
  }

  /** Opens a request whose body follows. Throws if the pool is closed. */
  request({ path, headers }: Http1Request): ClientRequest {
    if (this.closed) throw new Error(`the connections to ${this.url.origin} are closed`);
    const open = this.url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = open(this.url, { method: "POST", path, headers, agent: this.agent });
    request.once("socket", (socket) => this.boundConnect(request, socket));
    return request;
  }

  /** Takes no more requests; each connection ends with the request that it carries. */
  retire(): void {
    this.closed = true;
    this.agent.maxFreeSockets = 0;
    for (const sockets of Object.values(this.agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  /** Ends all connections. */
  close(): void {
    this.closed = true;
    this.agent.destroy();
  }

  private boundConnect(request: ClientRequest, socket: Socket): void {
    if (!socket.connecting) return;
    const { connectTimeoutMs, ports } = this.options;
    const cancel = ports.timers.after(connectTimeoutMs, () => {
      const seconds = connectTimeoutMs / 1000;
      request.destroy(new Error(`no connection to ${this.url.origin} within ${seconds} s`));
    });
    socket.once(this.url.protocol === "https:" ? "secureConnect" : "connect", cancel);
    socket.once("close", cancel);
  }
}

function createAgent(url: URL, options: AgentOptions, tunnel: Tunnel | undefined): HttpAgent {
  const isSecure = url.protocol === "https:";
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  if (tunnel === undefined) return agent;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const servername = isIP(host) === 0 ? host : undefined;
  const open = () => (isSecure ? tunnel.openTls({ servername }) : tunnel.open());
  agent.createConnection = (_options, done) => {
    open().then(
      (socket) => done?.(null, socket),
      // It may have no socket then, whatever its type says.
      (error: Error) => (done as ((error: Error) => void) | undefined)?.(error),
    );
    return undefined;
  };
  return agent;
}

function countAll(sockets: NodeJS.ReadOnlyDict<readonly Socket[]>): number {
  return Object.values(sockets).reduce((sum, list) => sum + (list?.length ?? 0), 0);
}
