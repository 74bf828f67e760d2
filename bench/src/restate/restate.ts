/**
 * The reference server and SDK: a server process with its defaults, and a service process on this
 * Node, over HTTP/2 on the loopback interface.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Resources } from "../resources.ts";
import { type Child, spawnChild } from "../target/child.ts";
import { processCpuUs, processRssBytes, processRssPeakBytes } from "../target/proc.ts";
import { freePorts } from "../target/readiness.ts";
import { takesServer } from "../target/rejoin.ts";
import type { ServerSide } from "../target/session.ts";
import type { ProcessUsage, Target } from "../target/target.ts";
import { openTwoProcesses } from "../target/two-processes.ts";
import { ensureInstalled, type Installation, SDK_VERSION, SERVER_VERSION } from "./install.ts";
import { startReferenceServices } from "./services.ts";

/** Of its configuration, what weighs in a benchmark. All of it is left at the default. */
const SETTINGS = [
  "default-num-partitions",
  "default-replication",
  "default-journal-retention",
  "concurrent-invocations-limit",
  "inactivity-timeout",
];
const QUIET_SERVER = { DO_NOT_TRACK: "1", DISABLE_TELEMETRY: "1", RUST_LOG: "warn" } as const;

/** Installs it if it is not there. */
export async function createRestateTarget(): Promise<Target> {
  const installation = await ensureInstalled();
  const sides = {
    startServices: startReferenceServices.bind(undefined, installation),
    startServer: startServer.bind(undefined, installation),
  };
  return {
    name: "restate",
    facts: {
      server: SERVER_VERSION,
      sdk: SDK_VERSION,
      mode: "a server process and a service process, HTTP/2 between them",
      configuration: await readDefaults(installation),
    },
    supports: takesServer,
    open: (context) => openTwoProcesses(sides, context),
  };
}

async function readDefaults({ serverBinary }: Installation): Promise<string> {
  const { stdout } = await promisify(execFile)(serverBinary, ["--dump-config"]);
  const lines = stdout.split("\n").filter((line) => SETTINGS.includes(line.split(" ")[0] ?? ""));
  return `defaults: ${lines.join(", ")}`;
}

async function startServer(
  { serverBinary }: Installation,
  resources: Resources,
  dataDir: string,
): Promise<ServerSide> {
  const [ingress = 0, admin = 0, node = 0] = await freePorts(3);
  const child = spawnChild(serverBinary, ["--base-dir", dataDir], {
    resources,
    env: {
      ...QUIET_SERVER,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    },
  });
  return {
    ingressUrl: `http://127.0.0.1:${ingress}`,
    adminUrl: `http://127.0.0.1:${admin}`,
    measured: {
      usage: async () => ({ process: usageOf(child), counters: undefined }),
      failed: child.failed,
      end: () => child.end(),
      kill: () => child.kill(),
    },
  };
}

function usageOf({ pid }: Child): ProcessUsage {
  return {
    name: "server",
    cpuUs: processCpuUs(pid),
    mainThreadCpuUs: undefined,
    rssBytes: processRssBytes(pid),
    rssPeakBytes: processRssPeakBytes(pid),
  };
}
