/**
 * What answers the requests to the admin API, loaded with the first of them.
 *
 * Its routes, their schemas and the libraries below them are a third of the server's code, and take
 * longer to load than the rest takes to start: a server that has been started to work does without.
 * They are loaded in steps, so that calls of handlers go on in between.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { toErrorBody } from "./api-error.ts";
import type { AdminLimits, AdminPorts } from "./ports.ts";

export type AdminListener = (request: IncomingMessage, response: ServerResponse) => void;

/** Whether a server is ready is asked again and again, and first of all: that needs no routes. */
const HEALTH = /^(?:\/v[234])?\/health$/;

export function createLazyListener(ports: AdminPorts, limits: AdminLimits): AdminListener {
  let loaded: AdminListener | undefined;
  let loading: Promise<AdminListener> | undefined;
  const load = () => {
    loading ??= loadListener(ports, limits).catch((error: unknown) => {
      // Perhaps it can be read the next time.
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return (request, response) => {
    if (loaded !== undefined) return loaded(request, response);
    if (isHealthy(request, ports))
      return void response.writeHead(200, { "content-length": 0 }).end();
    void load()
      .then((listener) => {
        loaded = listener;
        listener(request, response);
      })
      .catch((error: unknown) => fail(ports, error, response));
  };
}

function isHealthy({ method, url = "" }: IncomingMessage, { isReady }: AdminPorts): boolean {
  return method === "GET" && HEALTH.test(url) && isReady();
}

async function loadListener(ports: AdminPorts, limits: AdminLimits): Promise<AdminListener> {
  // One after the other: each import lets others have a turn.
  const { getRequestListener } = await import("@hono/node-server");
  await import("zod");
  await import("@hono/zod-openapi");
  const { createAdminApp } = await import("./app.ts");
  const app = createAdminApp(ports, limits);
  // The globals of the process that this is embedded in stay as they are.
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  return (request, response) => void listener(request, response);
}

function fail({ log }: AdminPorts, error: unknown, response: ServerResponse): void {
  log("error", "the admin API cannot be loaded; are the server's files still there?", { error });
  if (response.headersSent) return void response.destroy();
  const text = "the admin API cannot be loaded; the server's log says why";
  response.writeHead(500, { "content-type": "application/json" });
  response.end(JSON.stringify(toErrorBody(text, undefined)));
}
