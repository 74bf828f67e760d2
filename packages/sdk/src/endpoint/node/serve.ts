/** `serve`: services on a port, until the process is asked to end. */
import { LogSource, RestateLogLevel } from "../../logging/logger.ts";
import { createHttpEndpoint } from "../http/http-endpoint.ts";
import type { NodeEndpointOptions } from "./endpoint-handler.ts";
import { NodeServer } from "./node-server.ts";
import { createNodePorts } from "./ports/real-node-ports.ts";
import { drainOnSignals } from "./signals.ts";

/** See {@link serve}. */
export interface ServeOptions extends NodeEndpointOptions {
  /** By default the environment variable `PORT`, else 9080. 0 is any free port. */
  port?: number;
}

const DEFAULT_PORT = 9080;
const PORT_MAX = 65_535;

/**
 * Serves `services` over HTTP/2 without TLS, and over HTTP/1.1 for clients that speak that, on all
 * interfaces. Resolves with the port as soon as it listens; rejects with an error that says what to
 * do if it cannot.
 *
 * On SIGTERM and SIGINT nothing new is accepted and handlers suspend at their next await; when all
 * have, or after 10 s, the process ends with code 0, unless it has signal listeners of its own. A
 * second signal ends it at once.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const { bidirectional, port: chosen } = options;
  const endpoint = createHttpEndpoint(options, { ports: createNodePorts() });
  const server = new NodeServer({ endpoint, bidirectional });
  const port = await server.listen(chosen === undefined ? portOfEnvironment() : checkPort(chosen));
  drainOnSignals(server);
  const { isLogged, log } = endpoint.ports;
  if (isLogged(RestateLogLevel.INFO, false)) {
    log(
      { source: LogSource.SYSTEM, level: RestateLogLevel.INFO, replaying: false },
      `Rejoin SDK started listening on ${port}...`,
    );
  }
  return port;
}

function portOfEnvironment(): number {
  const text = process.env.PORT?.trim() ?? "";
  if (text === "") return DEFAULT_PORT;
  if (!/^\d+$/.test(text))
    throw badPort(`the environment variable PORT is ${JSON.stringify(text)}`);
  return checkPort(Number(text));
}

function checkPort(port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) throw badPort(`the port is ${port}`);
  return port;
}

function badPort(what: string): TypeError {
  return new TypeError(`${what}, but must be a number from 0 to ${PORT_MAX}`);
}
