/** Our server: with the services in its process, or driving those of another one over HTTP/2. */
import { VERSION } from "@rejoin/server";
import type { Resources } from "../resources.ts";
import { startNodeProgram } from "./measured-process.ts";
import type { ServerGreeting } from "./rejoin-process.ts";
import { createSession } from "./session.ts";
import type { Session, Target, TargetContext } from "./target.ts";
import { openTwoProcesses, QUIET, type ServerSide, type ServiceSide } from "./two-processes.ts";

/** Of each target that has our server. */
export const SERVER_FACTS = { version: VERSION, store: "LevelDB, fsync on each commit" } as const;

export const rejoinTarget: Target = {
  name: "rejoin",
  facts: { ...SERVER_FACTS, mode: "embedded: one process" },
  open: openEmbedded,
};

export const rejoinHttp2Target: Target = {
  name: "rejoin-http2",
  facts: {
    ...SERVER_FACTS,
    sdk: "ours",
    mode: "a server process and a service process, HTTP/2 between them",
  },
  open: (context) => openTwoProcesses({ startServices, startServer: startRejoinServer }, context),
};

async function openEmbedded({ resources, directory }: TargetContext): Promise<Session> {
  const data = resources.temporaryDirectory(directory);
  const { greeting, measured } = await startNodeProgram<ServerGreeting>(
    { name: "server and services", module: "./rejoin-process", args: [data.path, "embedded"] },
    resources,
  );
  return createSession({ ingressUrl: greeting.ingressUrl, processes: [measured], data });
}

/** Our server without services. */
export async function startRejoinServer(
  resources: Resources,
  dataDir: string,
): Promise<ServerSide> {
  const { greeting, measured } = await startNodeProgram<ServerGreeting>(
    { name: "server", module: "./rejoin-process", args: [dataDir, "alone"], env: QUIET },
    resources,
  );
  return { ...greeting, measured };
}

async function startServices(resources: Resources): Promise<ServiceSide> {
  const { greeting, measured } = await startNodeProgram<{ readonly port: number }>(
    { name: "services", module: "./sdk-process", env: QUIET },
    resources,
  );
  return { port: greeting.port, measured };
}
