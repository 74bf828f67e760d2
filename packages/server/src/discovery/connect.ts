/** Connects to an endpoint and picks the HTTP version. */
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { ExchangeRequest, ExchangeResponse } from "./exchange.ts";
import { exchangeHttp1 } from "./http1-exchange.ts";
import { exchangeHttp2 } from "./http2-exchange.ts";

/** HTTP/2 from the start over `http:`, what the peer prefers over `https:`, or HTTP/1.1. */
export async function exchange(
  request: ExchangeRequest,
  useHttp11: boolean,
): Promise<ExchangeResponse> {
  request.signal.throwIfAborted();
  if (useHttp11) return exchangeHttp1(request);
  const { url } = request;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (url.protocol === "http:") {
    return exchangeHttp2(request, connectTcp({ host, port: Number(url.port || 80) }));
  }
  const socket = await negotiate(request, host);
  return socket.alpnProtocol === "h2"
    ? exchangeHttp2(request, socket)
    : exchangeHttp1(request, socket);
}

function negotiate({ url, signal }: ExchangeRequest, host: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: Number(url.port || 443),
      // An address of digits is no name that TLS could ask for.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ["h2", "http/1.1"],
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
