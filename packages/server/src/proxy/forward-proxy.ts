/**
 * A forward proxy in front of the deployments: it is asked to connect to them (`CONNECT`), and hands on
 * bytes from then on, so that HTTP/1.1, HTTP/2 with and without TLS go through it alike.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Ports, Timers } from "../ports/ports.ts";
import { createLateConnection } from "./late-connection.ts";
import { NoProxy } from "./no-proxy.ts";
import { ProxyAddressError, ProxyError } from "./proxy-error.ts";

export interface ForwardProxyOptions {
  /** Such as `http://proxy.example.com:3128`; it may hold a user and a password. */
  readonly httpProxy: string;
  /** Hosts that are reached without it: see {@link NoProxy}. */
  readonly noProxy: readonly string[];
  readonly connectTimeoutMs: number;
}

/** What TLS to a deployment needs to know. */
export interface TlsWish {
  /** Absent for addresses of digits, for which TLS cannot ask. */
  readonly servername?: string | undefined;
  readonly ALPNProtocols?: readonly string[];
}

type ProxyPorts = Pick<Ports, "timers" | "log">;

export class ForwardProxy {
  private readonly proxy: URL;
  private readonly around: NoProxy;
  private readonly timers: Timers;
  private readonly connectTimeoutMs: number;

  /** Throws a {@link ProxyAddressError}. */
  constructor({ httpProxy, noProxy, connectTimeoutMs }: ForwardProxyOptions, ports: ProxyPorts) {
    this.proxy = parseProxy(httpProxy);
    this.around = new NoProxy(noProxy);
    this.timers = ports.timers;
    this.connectTimeoutMs = connectTimeoutMs;
    for (const entry of this.around.unknown) {
      const text = `${JSON.stringify(entry)} in no-proxy names no hosts and is left out`;
      ports.log("warn", `${text}; write it as internal.example.com, 10.0.0.0/8 or *`);
    }
  }

  /** The way to `url`; `undefined` if that is not through the proxy. */
  tunnelTo(url: URL): Tunnel | undefined {
    if (this.around.has(url)) return undefined;
    const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
    const { proxy, timers, connectTimeoutMs } = this;
    return new Tunnel(`${url.hostname}:${port}`, { proxy, timers, connectTimeoutMs });
  }
}

/** Throws a {@link ProxyAddressError}; `undefined` if there is no proxy. */
export function createForwardProxy(
  {
    httpProxy,
    ...options
  }: Omit<ForwardProxyOptions, "httpProxy"> & {
    readonly httpProxy: string | undefined;
  },
  ports: ProxyPorts,
): ForwardProxy | undefined {
  return httpProxy === undefined ? undefined : new ForwardProxy({ ...options, httpProxy }, ports);
}

interface TunnelOptions {
  readonly proxy: URL;
  readonly timers: Timers;
  readonly connectTimeoutMs: number;
}

/** Makes connections to one host and port. All of them reject with a {@link ProxyError}. */
export class Tunnel {
  private readonly target: string;
  private readonly options: TunnelOptions;

  constructor(target: string, options: TunnelOptions) {
    this.target = target;
    this.options = options;
  }

  /** A connection whose other end is the deployment. */
  open(signal?: AbortSignal): Promise<Socket> {
    const { proxy, timers, connectTimeoutMs } = this.options;
    return new Promise((resolve, reject) => {
      const asking = this.ask();
      const settle = (act: () => void) => {
        cancel();
        signal?.removeEventListener("abort", onAbort);
        act();
      };
      const fail = (error: Error) => {
        settle(() => reject(error));
        asking.destroy();
      };
      const onAbort = () => fail(signal?.reason as Error);
      const cancel = timers.after(connectTimeoutMs, () => {
        const text = `the proxy at ${proxy.host} has not connected to ${this.target} within`;
        fail(new ProxyError(`${text} ${connectTimeoutMs / 1000} s`, { isTransient: true }));
      });
      if (signal?.aborted === true) return onAbort();
      signal?.addEventListener("abort", onAbort);
      asking.once("connect", (answer, socket, head) => {
        const refusal = this.refusalOf(answer);
        if (refusal !== undefined) {
          socket.destroy();
          return fail(refusal);
        }
        if (head.length > 0) socket.unshift(head);
        settle(() => resolve(socket));
      });
      asking.on("error", (error) => fail(this.unreachable(error)));
      asking.end();
    });
  }

  /** The same, with TLS to the deployment inside, when that is set up. */
  async openTls(wish: TlsWish, signal?: AbortSignal): Promise<TLSSocket> {
    const { timers, connectTimeoutMs } = this.options;
    const socket = await this.open(signal);
    return new Promise((resolve, reject) => {
      const secure = secureOver(socket, wish);
      const stop = (error: Error) => secure.destroy(error);
      const onAbort = () => stop(signal?.reason as Error);
      const text = `no TLS with ${this.target} through the proxy within`;
      const cancel = timers.after(connectTimeoutMs, () =>
        stop(new Error(`${text} ${connectTimeoutMs / 1000} s`)),
      );
      const settle = () => {
        cancel();
        signal?.removeEventListener("abort", onAbort);
        secure.off("error", onError);
      };
      const onError = (error: Error) => {
        settle();
        socket.destroy();
        reject(error);
      };
      signal?.addEventListener("abort", onAbort);
      secure.once("error", onError);
      secure.once("secureConnect", () => {
        settle();
        resolve(secure);
      });
    });
  }

  /** One that is there at once, and carries what it is given as soon as it can. */
  openLate(): Duplex {
    return createLateConnection(this.open());
  }

  /** Likewise, with TLS inside. */
  openTlsLate(wish: TlsWish): TLSSocket {
    return secureOver(this.openLate(), wish);
  }

  private ask(): ClientRequest {
    const { proxy } = this.options;
    const open = proxy.protocol === "https:" ? httpsRequest : httpRequest;
    return open({
      host: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port === "" ? undefined : Number(proxy.port),
      method: "CONNECT",
      path: this.target,
      headers: { host: this.target, ...authorizationOf(proxy) },
      agent: false,
    });
  }

  private refusalOf({ statusCode = 0, statusMessage }: IncomingMessage): ProxyError | undefined {
    if (statusCode >= 200 && statusCode < 300) return undefined;
    const status = [statusCode, statusMessage].filter(Boolean).join(" ");
    const hint = REFUSALS[statusCode] ?? "look into its log";
    return new ProxyError(
      `the proxy at ${this.options.proxy.host} refused to connect to ${this.target} (${status}): ${hint}`,
      { isTransient: statusCode >= 500 || statusCode === 429 },
    );
  }

  private unreachable(cause: Error): ProxyError {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = cause.message || code || cause.name;
    const { host } = this.options.proxy;
    const text = `the proxy at ${host}, through which ${this.target} is reached, does not answer`;
    return new ProxyError(`${text}: ${reason}`, { cause, isTransient: true });
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: "http-proxy needs a user and a password that it knows",
  403: "it must allow this host and port, or no-proxy must have them",
  405: "it must allow CONNECT",
  407: "http-proxy needs a user and a password that it knows",
  502: "it cannot reach the deployment",
  503: "it cannot reach the deployment",
  504: "it cannot reach the deployment",
};

function secureOver(socket: Duplex, { servername, ALPNProtocols }: TlsWish): TLSSocket {
  return connectTls({
    socket,
    ...(servername === undefined ? {} : { servername }),
    ...(ALPNProtocols === undefined ? {} : { ALPNProtocols: [...ALPNProtocols] }),
  });
}

function authorizationOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(credentials).toString("base64")}` };
}

/** What is wrong is not repeated: it may hold a password. */
function parseProxy(text: string): URL {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (url !== undefined && isHttp && url.hostname !== "" && isDecodable(url)) return url;
  throw new ProxyAddressError(
    "http-proxy is no address of an HTTP proxy: write it as http://host:port",
  );
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
