/**
 * `start`: the engine embedded in a process of yours, with its services.
 *
 * The composition root: names the store, the clock and the sockets.
 */

import { readFile } from "node:fs/promises";
import type { Server } from "node:net";
import { setTimeout } from "node:timers/promises";
import { HEADERS } from "@rejoin/protocol";
import { captureEndpoint, createInProcessEndpoint, type EndpointOptions } from "@rejoin/sdk";
import { createMemoryStore, openLevelStore, openReopeningStore } from "@rejoin/storage";
import { type AdminServer, createAdminServer } from "./admin/http-server.ts";
import type { AdminInfo } from "./admin/ports.ts";
import { Core } from "./core.ts";
import { IdentityKeyError, parseIdentityKey } from "./identity/identity-key.ts";
import { DEFAULT_OUTGOING, type OutgoingOptions } from "./identity/outgoing-options.ts";
import { createIngressServer } from "./ingress/http-server.ts";
import { openMirrorProcess } from "./introspection/process/open-process.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { listen } from "./listening.ts";
import { factsOf } from "./observability/metrics/server-facts.ts";
import { Observability } from "./observability/observability.ts";
import type { TracingOptions } from "./observability/tracing/tracing.ts";
import type { Log } from "./ports/ports.ts";
import { createConsoleLog } from "./ports/real-log.ts";
import { createRealPorts } from "./ports/real-ports.ts";
import { createProcessMeter } from "./ports/real-process-meter.ts";
import { resolveDefaults, type ServerDefaultsOptions } from "./registry/server-defaults.ts";
import { findUiFiles } from "./ui/ui-files.ts";
import { VERSION } from "./version.ts";

export interface StartOptions extends EndpointOptions {
  /**
   * The directory that holds everything that must not be lost. Made if it is missing. Without it
   * the data is in memory and gone when the process ends.
   */
  readonly dataDir?: string;
  /** Names these services: their deployment is `embedded:<name>` at every start. */
  readonly name?: string;
  /** `host:port` of the ingress; by default any free port of the loopback interface. */
  readonly ingressAddress?: string;
  /** `host:port` of the admin API; likewise. */
  readonly adminAddress?: string;
  /**
   * Names by which the admin API may be reached, beside IP addresses and `localhost`; `*` for any.
   * Without this option it takes those and no names on a loopback address, and any on others.
   */
  readonly adminAllowedHosts?: readonly string[];
  /** What holds for handlers that do not say otherwise. */
  readonly defaults?: ServerDefaultsOptions;
  /** Bounds other than the default ones. */
  readonly limits?: Partial<Limits>;
  /**
   * Names of headers by which something in front of the deployments routes: two that share an
   * address and differ in one of them are not the same.
   */
  readonly deploymentRoutingHeaders?: readonly string[];
  /** The newest protocol version used for new invocations: 5, 6 or 7, the default. */
  readonly maxProtocolVersion?: number;
  /** How requests to deployments are made, where it is not as usual. */
  readonly outgoing?: Partial<Omit<OutgoingOptions, "identityKey">>;
  /** A PEM file with an Ed25519 key, which signs every request to a deployment. */
  readonly identityKeyFile?: string;
  /** Start although the data directory is damaged, with what is left of it. */
  readonly acceptDataLoss?: boolean;
  /** How long closing waits for running handlers to reach a point where they can go on later. */
  readonly drainTimeoutMs?: number;
  /** Whether the admin API has `/metrics`, for Prometheus; by default it has. */
  readonly metrics?: boolean;
  /** Where traces go, over OTLP; by default there are none. */
  readonly tracing?: TracingOptions;
  /** Where the server's own log lines go; by default warnings and errors to stderr. */
  readonly log?: Log;
}

export interface RunningServer {
  /** Where handlers are called, such as `http://127.0.0.1:8080`. */
  readonly ingressUrl: string;
  readonly adminUrl: string;
  /** Commits what has been accepted, ends the attempts and closes the data directory. */
  close(): Promise<void>;
}

const PROTOCOL_VERSION_MAX = 7;
/** How long closing waits for the last answers to be written. */
const ANSWER_MS = 1000;
const ANY_PORT = "127.0.0.1:0";
const NOT_STARTED: RunningServer = {
  ingressUrl: `http://${ANY_PORT}`,
  adminUrl: `http://${ANY_PORT}`,
  close: async () => undefined,
};

/** Starts the engine in this process and registers `services` with it. */
export async function start(options: StartOptions): Promise<RunningServer> {
  // A program that only looks at the services must not make anything run.
  if (captureEndpoint(options)) return NOT_STARTED;
  const { core, observability } = await openCore(options);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const ingress = createIngressServer(core.ingress, limits.requestBytesMax);
  let admin: AdminServer | undefined;
  const open: Server[] = [];
  const close = async () => {
    for (const server of open) server.close();
    ingress.drain();
    await core.close(options.drainTimeoutMs);
    // Those who wait have been told that they have to ask again: let it reach them.
    await Promise.race([ingress.answered(), setTimeout(ANSWER_MS, undefined, { ref: false })]);
    ingress.destroy();
    admin?.destroy();
    await observability.close();
  };
  try {
    const ingressUrl = await listen(ingress.server, options.ingressAddress ?? ANY_PORT);
    open.push(ingress.server);
    const adminPorts = core.adminPorts(toAdminInfo(options, ingressUrl));
    const metrics =
      options.metrics === false ? undefined : () => observability.render(factsOf(core, limits));
    const { adminAddress: address = ANY_PORT, adminAllowedHosts: allowedHosts } = options;
    const allPorts = { ...adminPorts, metrics, ui: findUiFiles() };
    admin = createAdminServer(allPorts, limits, { address, allowedHosts });
    const adminUrl = await listen(admin.server, address);
    open.push(admin.server);
    return { ingressUrl, adminUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function toAdminInfo(options: StartOptions, ingressUrl: string): AdminInfo {
  const { additionalHeaders } = { ...DEFAULT_OUTGOING, ...options.outgoing };
  const { maxProtocolVersion = PROTOCOL_VERSION_MAX } = options;
  return {
    version: VERSION,
    ingressUrl,
    clusterName: additionalHeaders[HEADERS.clusterName] ?? "localcluster",
    features: { protocol_v7: maxProtocolVersion >= 7 },
  };
}

interface OpenedCore {
  readonly core: Core;
  readonly observability: Observability;
}

/** The server without sockets; for benchmarks and tests. */
export async function openCore(options: StartOptions): Promise<OpenedCore> {
  const { dataDir, acceptDataLoss, services, defaultServiceOptions, logger } = options;
  // What is wrong with it is said before anything is opened.
  const observability = await openObservability(options);
  const { log } = observability;
  const identity = await readIdentity(options.identityKeyFile, log);
  const store =
    dataDir === undefined
      ? createMemoryStore({ partitionCount: 1 })
      : await openReopeningStore(() =>
          openLevelStore({
            directory: dataDir,
            ...(acceptDataLoss === undefined ? {} : { acceptDataLoss }),
          }),
        );
  try {
    const endpoint = createInProcessEndpoint({
      services,
      ...(defaultServiceOptions === undefined ? {} : { defaultServiceOptions }),
      ...(logger === undefined ? {} : { logger }),
    });
    const ports = createRealPorts(log);
    const core = await Core.create({
      store,
      ports,
      observers: observability.observers,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      openMirrorProcess,
      defaults: resolveDefaults(options.defaults),
      routingHeaders: (options.deploymentRoutingHeaders ?? []).map((name) => name.toLowerCase()),
      outgoing: { ...options.outgoing, ...identity },
      maxProtocolVersion: options.maxProtocolVersion ?? PROTOCOL_VERSION_MAX,
    });
    // A server without services of its own leaves alone what another start has registered.
    if (services.length > 0) await core.registerEmbedded(options.name ?? "main", endpoint);
    await core.start();
    return { core, observability };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function openObservability({ log, dataDir, tracing }: StartOptions): Promise<Observability> {
  const own = log ?? createConsoleLog("warn");
  const meter = createProcessMeter();
  return Observability.open({
    ports: createRealPorts(own),
    log: own,
    meter,
    version: VERSION,
    dataDir,
    tracing: isTracingOff(process.env) ? undefined : tracing,
  });
}

/** The standard variables by which a program that could trace is told not to. */
function isTracingOff({ OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER }: NodeJS.ProcessEnv): boolean {
  return OTEL_SDK_DISABLED?.toLowerCase() === "true" || OTEL_TRACES_EXPORTER === "none";
}

async function readIdentity(
  file: string | undefined,
  log: Log,
): Promise<Pick<OutgoingOptions, "identityKey">> {
  if (file === undefined) return { identityKey: undefined };
  const identityKey = parseIdentityKey(await readPem(file), file);
  log("info", `requests to deployments are signed: they are known by ${identityKey.id}`);
  return { identityKey };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new IdentityKeyError(`the identity key file ${file} cannot be read: ${reason}`, {
      cause,
    });
  }
}
