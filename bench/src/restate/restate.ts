/**
 * The reference server and SDK: a server process with its defaults, and a service process on this
 * Node, over HTTP/2 on the loopback interface.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Child, forkChild, spawnChild } from "../target/child.ts";
import { directoryBytes } from "../target/directory-bytes.ts";
import { processCpuUs, processRssPeakBytes } from "../target/proc.ts";
import type { Session, Target, TargetContext, Usage } from "../target/target.ts";
import { ensureInstalled, type Installation, SDK_VERSION, SERVER_VERSION } from "./install.ts";
import { freePorts, untilOk } from "./readiness.ts";

const READY_LIMIT_MS = 60_000;
/** Of its configuration, what weighs in a benchmark. All of it is left at the default. */
const SETTINGS = [
  "default-num-partitions",
  "default-replication",
  "default-journal-retention",
  "concurrent-invocations-limit",
  "inactivity-timeout",
];
const QUIET = {
  DO_NOT_TRACK: "1",
  DISABLE_TELEMETRY: "1",
  RESTATE_LOGGING: "ERROR",
  RUST_LOG: "warn",
  NODE_ENV: "production",
} as const;

/** Installs it if it is not there. */
export async function createRestateTarget(): Promise<Target> {
  const installation = await ensureInstalled();
  return {
    name: "restate",
    facts: {
      server: SERVER_VERSION,
      sdk: SDK_VERSION,
      mode: "a server process and a service process, HTTP/2 between them",
      configuration: await readDefaults(installation),
    },
    open: (context) => open(installation, context),
  };
}

async function readDefaults({ serverBinary }: Installation): Promise<string> {
  const { stdout } = await promisify(execFile)(serverBinary, ["--dump-config"]);
  const lines = stdout.split("\n").filter((line) => SETTINGS.includes(line.split(" ")[0] ?? ""));
  return `defaults: ${lines.join(", ")}`;
}

async function open(installation: Installation, context: TargetContext): Promise<Session> {
  const { resources, directory } = context;
  const data = resources.temporaryDirectory(directory);
  const service = forkChild(fileURLToPath(moduleUrl("service-process")), [installation.sdkModule], {
    resources,
    flags: [...sourceFlags(), "--import", moduleUrl("polyfill").href],
    env: QUIET,
  });
  const { port } = (await service.reply()) as { readonly port: number };
  const [ingress = 0, admin = 0, node = 0] = await freePorts(3);
  const server = spawnChild(installation.serverBinary, ["--base-dir", data.path], {
    resources,
    env: {
      ...QUIET,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${node}`,
    },
  });
  const ingressUrl = `http://127.0.0.1:${ingress}`;
  await Promise.race([server.failed, ready(ingressUrl, admin, port)]);
  return {
    ingressUrl,
    usage: async () => usageOf([server, service]),
    close: async () => {
      await server.end();
      await service.end();
      const dataBytes = directoryBytes(data.path);
      data.remove();
      return { dataBytes };
    },
  };
}

/** Until a call of a handler is answered. */
async function ready(ingressUrl: string, adminPort: number, servicePort: number): Promise<void> {
  const adminUrl = `http://127.0.0.1:${adminPort}`;
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

function usageOf(children: readonly Child[]): Usage {
  return {
    cpuUs: sumOfKnown(children.map(({ pid }) => processCpuUs(pid))),
    mainThreadCpuUs: undefined,
    rssPeakBytes: sumOfKnown(children.map(({ pid }) => processRssPeakBytes(pid))),
    counters: undefined,
  };
}

/** `undefined` unless all are known. */
function sumOfKnown(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

const fromSource = import.meta.url.endsWith(".ts");

function moduleUrl(name: string): URL {
  return new URL(`./${name}.${fromSource ? "ts" : "js"}`, import.meta.url);
}

function sourceFlags(): readonly string[] {
  return fromSource ? ["--conditions=rejoin:source", "--import", "tsx"] : [];
}
