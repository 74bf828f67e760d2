/** Runs the services of an example on a server in this process. */
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect, createAdminClient, type Ingress } from "@rejoin/client";
import { createEndpointHandler, type EndpointOptions } from "@rejoin/sdk";
import { type StartOptions, start } from "@rejoin/server";

export type Services = EndpointOptions["services"];

export interface RunningExample {
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly ingress: Ingress;
  close(): Promise<void>;
}

/** What makes an SDK's services reachable. */
export interface Sdk {
  readonly createEndpointHandler: typeof createEndpointHandler;
  readonly connect: typeof connect;
}

export const rejoinSdk: Sdk = { createEndpointHandler, connect };

/** Failures are part of what is tested. */
const log = () => undefined;
const quiet = { logger: () => undefined };
/** What fails is tried again at once, and as long as it takes. */
const defaults: NonNullable<StartOptions["defaults"]> = {
  retryPolicy: {
    initialIntervalMs: 10,
    exponentiationFactor: 2,
    maxIntervalMs: 100,
    maxAttempts: undefined,
    onMaxAttempts: "pause",
  },
};

/** The services inside of the server's process. */
export async function runEmbedded(services: Services): Promise<RunningExample> {
  const server = await start({ services, name: "example", defaults, log, ...quiet });
  return { ...server, ingress: connect({ url: server.ingressUrl }) };
}

/** When an attempt ends because its handler waits: always, or after a while. */
export type Suspends = "normally" | "always";

interface ServedOptions {
  readonly sdk?: Sdk;
  readonly suspends?: Suspends;
}

/** The services on a port of their own, over HTTP/2, as a deployment of the server. */
export async function runServed(
  services: Services,
  { sdk = rejoinSdk, suspends = "normally" }: ServedOptions = {},
): Promise<RunningExample> {
  const endpoint = await serveOnAnyPort(sdk.createEndpointHandler({ services, ...quiet }));
  const server = await start({
    services: [],
    defaults: suspends === "always" ? { ...defaults, inactivityTimeoutMs: 0 } : defaults,
    log,
  });
  const close = async () => {
    await server.close();
    await endpoint.close();
  };
  try {
    await createAdminClient({ url: server.adminUrl }).registerDeployment({ uri: endpoint.uri });
  } catch (error) {
    await close();
    throw error;
  }
  return { ...server, ingress: sdk.connect({ url: server.ingressUrl }), close };
}

/** A server without services, for a program that is a process of its own. */
export async function runServerAlone(): Promise<RunningExample> {
  return await runEmbedded([]);
}

async function serveOnAnyPort(handler: ReturnType<typeof createEndpointHandler>) {
  const server: Http2Server = createServer(handler);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const session of sessions) session.destroy();
    });
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
