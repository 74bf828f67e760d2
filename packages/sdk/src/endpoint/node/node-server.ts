/** An endpoint with a port of its own. */
import type { AddressInfo, Server } from "node:net";
import { createErrorAnswer } from "../http/answers.ts";
import type { HttpEndpoint } from "../http/http-endpoint.ts";
import { createDualServer, type DualServer } from "./dual-server.ts";
import {
  type Bidirectional,
  type NodeExchange,
  toExchange,
  toStreamExchange,
} from "./node-exchange.ts";
import { OpenPumps } from "./open-pumps.ts";
import { afterMs } from "./ports/real-timers.ts";
import { serveExchange } from "./serve-exchange.ts";

export interface NodeServerOptions {
  readonly endpoint: HttpEndpoint;
  readonly bidirectional: Bidirectional;
}

const REFUSAL = createErrorAnswer(503, "this endpoint is shutting down");
const REFUSING: Pick<HttpEndpoint, "handle"> = { handle: () => REFUSAL };

export class NodeServer {
  readonly #endpoint: HttpEndpoint;
  readonly #dual: DualServer;
  readonly #pumps = new OpenPumps();
  #draining = false;

  constructor({ endpoint, bidirectional }: NodeServerOptions) {
    this.#endpoint = endpoint;
    this.#dual = createDualServer({
      onRequest: (request, response) => {
        const exchange = toExchange(request, response, bidirectional);
        // A connection that has nothing more to do ends; nobody else would end it.
        response.on("close", () => this.#draining && this.#dual.endConnections());
        this.#serve(exchange);
      },
      onStream: (stream, headers) => {
        this.#serve(toStreamExchange(stream, headers, bidirectional));
      },
    });
  }

  /** Listens on all interfaces, on any free port for 0; gives the port. Throws an error that says what to do. */
  listen(port: number): Promise<number> {
    return listen(this.#dual.server, port);
  }

  /**
   * Accepts nothing more, and lets every attempt suspend at its next await. Resolves when all
   * connections have ended; those that have not after `timeoutMs` are broken.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#dual.server.close(() => resolve()));
    const cancel = afterMs(timeoutMs, () => this.#dual.destroyConnections());
    this.#pumps.requestSuspension();
    this.#dual.endConnections();
    await closed;
    cancel();
  }

  #serve(exchange: NodeExchange): void {
    serveExchange(this.#draining ? REFUSING : this.#endpoint, exchange, this.#pumps);
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, port));
    server.once("error", onError);
    server.listen(port, () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, port: number): Error {
  const { code } = error;
  if (code === "EADDRINUSE") {
    return new Error(
      `port ${port} is in use by another program; stop it, or choose another port with the ` +
        "option port or the environment variable PORT",
      { cause: error },
    );
  }
  if (code === "EACCES") {
    return new Error(`not allowed to listen on port ${port}; choose one above 1023`, {
      cause: error,
    });
  }
  return new Error(`cannot listen on port ${port}: ${error.message}`, { cause: error });
}
