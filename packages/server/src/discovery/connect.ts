/** Connects to an endpoint and picks the HTTP version. */
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { ForwardProxy, Tunnel } from "../proxy/forward-proxy.ts";
import type { ExchangeRequest, ExchangeResponse } from "./exchange.ts";
import { exchangeHttp1 } from "./http1-exchange.ts";
import { exchangeHttp2 } from "./http2-exchange.ts";

export interface ExchangeOptions {
  readonly useHttp11: boolean;
  /** Through which the endpoint is reached, if it is not on its list of exceptions. */
  readonly proxy: ForwardProxy | undefined;
}

/** HTTP/2 from the start over `http:`, what the peer prefers over `https:`, or HTTP/1.1. */
export async function exchange(
  request: ExchangeRequest,
  { useHttp11, proxy }: ExchangeOptions,
): Promise<ExchangeResponse> {
  request.signal.throwIfAborted();
  const { url } = request;
  const tunnel = proxy?.tunnelTo(url);
  if (tunnel !== undefined) return exchangeThrough(tunnel, request, useHttp11);
  if (useHttp11) return exchangeHttp1(request);
  const host = hostOf(url);
  if (url.protocol === "http:") {
    return exchangeHttp2(request, connectTcp({ host, port: Number(url.port || 80) }));
  }
  return exchangeSecurely(request, await negotiate(request, host));
}

async function exchangeThrough(
  tunnel: Tunnel,
  request: ExchangeRequest,
  useHttp11: boolean,
): Promise<ExchangeResponse> {
  const { url, signal } = request;
  if (url.protocol === "http:") {
    const socket = await tunnel.open(signal);
    return useHttp11 ? exchangeHttp1(request, socket) : exchangeHttp2(request, socket);
  }
  const wish = { ...serverNameOf(hostOf(url)), ALPNProtocols: useHttp11 ? HTTP1 : HTTP2_OR_1 };
  return exchangeSecurely(request, await tunnel.openTls(wish, signal));
}

function exchangeSecurely(request: ExchangeRequest, socket: TLSSocket): Promise<ExchangeResponse> {
  return socket.alpnProtocol === "h2"
    ? exchangeHttp2(request, socket)
    : exchangeHttp1(request, socket);
}

const HTTP1 = ["http/1.1"];
const HTTP2_OR_1 = ["h2", "http/1.1"];

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** An address of digits is no name that TLS could ask for. */
function serverNameOf(host: string): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function negotiate({ url, signal }: ExchangeRequest, host: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: Number(url.port || 443),
      ...serverNameOf(host),
      ALPNProtocols: HTTP2_OR_1,
    });
    const onAbort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
