/** The ingress and the admin API of an environment on loopback sockets, opened when asked for. */
import { createServer, type Server } from "node:http";
import {
  type Core,
  DEFAULT_LIMITS,
  type Ingress,
  type IngressRequest,
  type IngressResponse,
  VERSION,
} from "@rejoin/server/internal";

export interface SocketsOptions {
  readonly handle: (request: IngressRequest) => Promise<IngressResponse>;
  /** The core that serves now. */
  readonly core: () => Core;
  readonly onRequest: () => () => void;
}

type Http = typeof import("@rejoin/server/internal-http");

/** They are slow to load, and most tests need none. */
function loadHttp(): Promise<Http> {
  return import("@rejoin/server/internal-http");
}

const ANY_PORT = "127.0.0.1:0";

export class Sockets {
  readonly #options: SocketsOptions;
  #ingress: Promise<string> | undefined;
  #admin: Promise<string> | undefined;
  /** The admin API of a core: another one serves after a crash. */
  #adminOf: { readonly core: Core; readonly server: Server } | undefined;
  readonly #closing: (() => void)[] = [];

  constructor(options: SocketsOptions) {
    this.#options = options;
  }

  /** Such as `http://127.0.0.1:40001`. */
  ingressUrl(): Promise<string> {
    this.#ingress ??= this.#openIngress();
    return this.#ingress;
  }

  adminUrl(): Promise<string> {
    this.#admin ??= this.#openAdmin();
    return this.#admin;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#ingress, this.#admin]);
    for (const close of this.#closing.splice(0)) close();
  }

  async #openIngress(): Promise<string> {
    const { createIngressServer, listen } = await loadHttp();
    // Of the ingress it needs no more than how to ask.
    const ingress = { handle: this.#options.handle } as Pick<Ingress, "handle"> as Ingress;
    const server = createIngressServer(ingress, DEFAULT_LIMITS.requestBytesMax);
    this.#closing.push(() => {
      server.server.close();
      server.destroy();
    });
    return listen(server.server, ANY_PORT);
  }

  async #openAdmin(): Promise<string> {
    const ingressUrl = await this.ingressUrl();
    const { createAdminServer, listen } = await loadHttp();
    const server = createServer((request, response) => {
      const end = this.#options.onRequest();
      response.once("close", end);
      this.#adminServer(createAdminServer, ingressUrl).emit("request", request, response);
    });
    this.#closing.push(() => {
      server.close();
      server.closeAllConnections();
    });
    return listen(server, ANY_PORT);
  }

  #adminServer(createAdminServer: Http["createAdminServer"], ingressUrl: string): Server {
    const core = this.#options.core();
    if (this.#adminOf?.core !== core) {
      const info = {
        version: VERSION,
        ingressUrl,
        clusterName: "localcluster",
        features: { protocol_v7: true },
      };
      const { server } = createAdminServer(core.adminPorts(info), DEFAULT_LIMITS);
      this.#adminOf = { core, server };
    }
    return this.#adminOf.server;
  }
}
