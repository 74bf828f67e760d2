/** A forward proxy that connects to ports of this machine, whatever the host is called. */
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface ConnectProxy {
  /** Without credentials. */
  readonly url: string;
  readonly host: string;
  /** What it was asked to connect to, in order. */
  readonly targets: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
  /** Ends what goes through it. */
  cut(): void;
}

export interface ConnectProxyOptions {
  /** Instead of connecting. */
  readonly refuse?: string;
  /** Says nothing at all. */
  readonly silent?: boolean;
}

/** It is gone after the test. */
export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const targets: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (request, socket: Socket) => {
    const target = request.url ?? "";
    targets.push(target);
    authorizations.push(request.headers["proxy-authorization"]);
    socket.on("error", () => socket.destroy());
    if (options.silent === true) return;
    if (options.refuse !== undefined) {
      socket.end(`HTTP/1.1 ${options.refuse}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(target.split(":").at(-1)), "127.0.0.1");
    sockets.add(upstream);
    upstream.on("error", () => socket.destroy());
    upstream.once("connect", () => {
      // In one piece with what the deployment says first, as it may be on a network.
      upstream.once("readable", () => {
        const first = (upstream.read() as Buffer | null) ?? Buffer.alloc(0);
        socket.write(Buffer.concat([ESTABLISHED, first]));
        upstream.pipe(socket);
      });
      if (!target.startsWith("early.")) {
        upstream.removeAllListeners("readable");
        socket.write(ESTABLISHED);
        upstream.pipe(socket);
      }
      socket.pipe(upstream);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  onTestFinished(() => {
    server.close();
    cut();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, targets, authorizations, cut };
}

const ESTABLISHED = Buffer.from("HTTP/1.1 200 Connection established\r\n\r\n");
