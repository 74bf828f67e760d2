/** A server process and a service process, HTTP/2 on the loopback interface between them. */
import type { Resources } from "../resources.ts";
import type { MeasuredProcess } from "./measured-process.ts";
import { untilOk } from "./readiness.ts";
import { createSession, type ServerSide } from "./session.ts";
import type { Session, TargetContext } from "./target.ts";

const READY_LIMIT_MS = 60_000;
/** Both sides of every target alike, so that none pays for log lines. */
export const QUIET = { RESTATE_LOGGING: "ERROR", NODE_ENV: "production" } as const;

export interface ServiceSide {
  readonly measured: MeasuredProcess;
  readonly port: number;
}

export interface Sides {
  startServices(resources: Resources): Promise<ServiceSide>;
  /** `nodeFlags`: those of the context, for a server on Node. */
  startServer(
    resources: Resources,
    dataDir: string,
    nodeFlags?: readonly string[],
  ): Promise<ServerSide>;
}

/** Starts both, and registers the services with the server. */
export async function openTwoProcesses(sides: Sides, context: TargetContext): Promise<Session> {
  const { resources, directory, nodeFlags } = context;
  const data = resources.temporaryDirectory(directory);
  const startServer = () => sides.startServer(resources, data.path, nodeFlags);
  const [services, server] = await Promise.all([sides.startServices(resources), startServer()]);
  const session = createSession({ server, startServer, others: [services.measured], data });
  await Promise.race([session.failed, ready(server, services.port)]);
  return session;
}

/** Until a call of a handler is answered. */
async function ready({ ingressUrl, adminUrl }: ServerSide, servicePort: number): Promise<void> {
  const post = (value: unknown): RequestInit => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  });
  await untilOk(`${adminUrl}/health`, {}, READY_LIMIT_MS);
  await untilOk(`${ingressUrl}/restate/health`, {}, READY_LIMIT_MS);
  const deployment = post({ uri: `http://127.0.0.1:${servicePort}` });
  await untilOk(`${adminUrl}/deployments`, deployment, READY_LIMIT_MS);
  await untilOk(`${ingressUrl}/plain/echo`, post("ready?"), READY_LIMIT_MS);
}
