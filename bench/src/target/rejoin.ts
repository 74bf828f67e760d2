/** Our server: with the services in its process, or driving those of another one over HTTP/2. */
import { VERSION } from "@rejoin/server";
import type { Resources } from "../resources.ts";
import { startNodeProgram } from "./measured-process.ts";
import { formatNodeFlags, nodeFlags } from "./node-flags.ts";
import type { ServerGreeting } from "./rejoin-process.ts";
import { createSession, type ServerSide } from "./session.ts";
import type { Session, Target, TargetContext } from "./target.ts";
import { openTwoProcesses, QUIET, type ServiceSide } from "./two-processes.ts";

const FLAGS = nodeFlags();

/** Of each target that has our server. */
export const SERVER_FACTS = {
  version: VERSION,
  store: "LevelDB, fsync on each commit",
  "flags of the server's Node": formatNodeFlags(FLAGS),
} as const;

/** All that takes a server; the rest is what the machine allows to anyone. */
export function takesServer(name: string): boolean {
  return !name.startsWith("commits:");
}

export const rejoinTarget: Target = {
  name: "rejoin",
  facts: { ...SERVER_FACTS, mode: "embedded: one process" },
  supports: takesServer,
  open: openEmbedded,
};

export const rejoinHttp2Target: Target = {
  name: "rejoin-http2",
  facts: {
    ...SERVER_FACTS,
    sdk: "ours",
    mode: "a server process and a service process, HTTP/2 between them",
  },
  supports: takesServer,
  open: (context) => openTwoProcesses({ startServices, startServer: startRejoinServer }, context),
};

async function openEmbedded(context: TargetContext): Promise<Session> {
  const { resources, directory, nodeFlags: flags } = context;
  const data = resources.temporaryDirectory(directory);
  const startServer = () =>
    startServerProcess("server and services", { resources, args: [data.path, "embedded"], flags });
  return createSession({ server: await startServer(), startServer, others: [], data });
}

/** Our server without services. */
export function startRejoinServer(
  resources: Resources,
  dataDir: string,
  flags?: readonly string[],
): Promise<ServerSide> {
  return startServerProcess("server", { resources, args: [dataDir, "alone"], env: QUIET, flags });
}

async function startServerProcess(
  name: string,
  options: {
    readonly resources: Resources;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly flags: readonly string[] | undefined;
  },
): Promise<ServerSide> {
  const { resources, flags = FLAGS, ...program } = options;
  const { greeting, measured } = await startNodeProgram<ServerGreeting>(
    { name, module: "./rejoin-process", flags, ...program },
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
