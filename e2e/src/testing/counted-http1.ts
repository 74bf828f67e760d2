/** An HTTP/1.1 server that counts what it is asked. */
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

export interface SeenRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Which connection it came on. */
  readonly connection: number;
}

export interface CountedServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Requests that have not been answered to their end. */
  readonly openCount: number;
  readonly connectionCount: number;
  close(): Promise<void>;
}

export interface CountedOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Starts it on any port of the loopback interface. */
export async function serveCounted(
  listener: RequestListener,
  { tls }: CountedOptions = {},
): Promise<CountedServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Map<Socket, number>();
  let openCount = 0;
  const counted: RequestListener = (request, response) => {
    openCount += 1;
    response.once("close", () => {
      openCount -= 1;
    });
    const connection = sockets.get(request.socket) ?? -1;
    requests.push({ path: request.url ?? "", headers: request.headers, connection });
    listener(request, response);
  };
  const server = tls === undefined ? createServer(counted) : createTlsServer(tls, counted);
  server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    sockets.set(socket, sockets.size);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    requests,
    get openCount() {
      return openCount;
    },
    get connectionCount() {
      return sockets.size;
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** How often a path was asked for. */
export function countOf({ requests }: Pick<CountedServer, "requests">, path: string): number {
  return requests.filter((request) => request.path === path).length;
}
