/** A way to the server that a test can cut, or hold the answers on. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Client } from "pg";
import { withParameters } from "./postgres-server.ts";

/** See the head of this file. */
export interface Proxy {
  /** Leads through the proxy. */
  readonly connectionString: string;
  /** Lets nothing that the server says through, from now on. */
  holdAnswers(): void;
  /** Ends all connections, and lets answers through on later ones. */
  cut(): void;
  /** Whether new connections are taken; those that are not end at once. */
  setOpen(isOpen: boolean): void;
  close(): Promise<void>;
}

/** Starts a proxy before the server of `connectionString`. */
export async function startProxy(connectionString: string): Promise<Proxy> {
  const { host, port: serverPort } = new Client({ connectionString });
  const isSocket = host.startsWith("/");
  const connectToServer = () =>
    isSocket ? connect(`${host}/.s.PGSQL.${serverPort}`) : connect(serverPort, host);
  const sockets = new Set<Socket>();
  let isHolding = false;
  let isOpen = true;
  const add = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    add(client);
    if (!isOpen) return void client.destroy();
    const upstream = connectToServer();
    add(upstream);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      if (!isHolding) client.write(data);
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    isHolding = false;
  };
  return {
    connectionString: withParameters(connectionString, { host: "127.0.0.1", port: `${port}` }),
    holdAnswers: () => {
      isHolding = true;
    },
    cut,
    setOpen: (open) => {
      isOpen = open;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
