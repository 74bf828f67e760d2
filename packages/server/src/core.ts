/**
 * The server without sockets: partitions, invoker, registry and ingress, joined.
 *
 * The one place where these parts meet. Everything that differs between a process of a user, a test
 * and the simulator comes in through {@link CoreOptions}.
 */
import {
  type Action,
  type Batch,
  Engine,
  type Invocation,
  invocationRows,
  PayloadKind,
  type Reads,
  type Store,
  type StoredOutcome,
  StoreError,
} from "@rejoin/engine";
import {
  type EndpointManifest,
  type InvocationKey,
  manifestContentType,
  type Outcome,
  parseManifest,
  partitionKeyOf,
  partitionOf,
  serializeManifest,
} from "@rejoin/protocol";
import type { AdminInfo, AdminPorts } from "./admin/ports.ts";
import { createDiscover, type Discover } from "./discovery/discover.ts";
import { Ingress } from "./ingress/ingress.ts";
import { Waiters } from "./ingress/waiters.ts";
import { Introspection } from "./introspection/introspection.ts";
import { type InProcessEndpointPort, InProcessTransport } from "./invoker/in-process-transport.ts";
import { Invoker, type Route } from "./invoker/invoker.ts";
import { readPayload } from "./invoker/journal-reader.ts";
import { TransportTable } from "./invoker/transport-table.ts";
import { assertLimits, type Limits } from "./limits.ts";
import { PartitionLeader } from "./partition/leader.ts";
import type { RowCache } from "./partition/row-cache.ts";
import type { Ports } from "./ports/ports.ts";
import { embeddedId } from "./registry/deployment-id.ts";
import { withEmbedded } from "./registry/embedded.ts";
import { Registrar } from "./registry/registrar.ts";
import { ServerRegistry } from "./registry/registry.ts";
import type { ServerDefaults } from "./registry/snapshot.ts";

export interface EmbeddedEndpoint extends InProcessEndpointPort {
  readonly manifest: EndpointManifest;
}

export interface CoreOptions {
  readonly store: Store;
  readonly ports: Ports;
  readonly limits: Limits;
  readonly defaults: ServerDefaults;
  /** Caps the protocol version of new invocations. */
  readonly maxProtocolVersion: number;
  /** Replaces how endpoints are asked for their services; for tests. */
  readonly discover?: Discover;
  /** Replaces the row cache; for tests. */
  readonly createCache?: (limits: Limits) => RowCache;
  readonly onCommitted?: (partition: number, batch: Batch, durationMs: number) => void;
}

/** The oldest protocol version that is spoken. */
const PROTOCOL_VERSION_MIN = 5;
const DRAIN_TIMEOUT_MS = 5000;

export class Core {
  readonly ingress: Ingress;
  readonly invoker: Invoker;
  readonly registry: ServerRegistry;
  readonly introspection: Introspection;
  readonly registrar: Registrar;
  readonly leaders: readonly PartitionLeader[];
  readonly waiters = new Waiters();
  private readonly options: CoreOptions;
  private readonly transports: TransportTable;
  private readonly closing = new AbortController();

  private constructor(options: CoreOptions, registry: ServerRegistry) {
    assertLimits(options.limits);
    this.options = options;
    this.registry = registry;
    this.transports = new TransportTable(options.ports, options.limits);
    const { partitionCount } = options.store;
    this.leaders = Array.from({ length: partitionCount }, (_, i) => this.createLeader(i));
    this.invoker = this.createInvoker();
    this.ingress = this.createIngress();
    this.introspection = this.createIntrospection();
    this.registrar = this.createRegistrar();
  }

  /** Reads the registry. The partitions are opened by {@link start}. */
  static async create(options: CoreOptions): Promise<Core> {
    return new Core(options, await ServerRegistry.open(options.store, options.defaults));
  }

  /** Whether every partition is open. */
  get isReady(): boolean {
    return this.leaders.every((leader) => leader.store !== undefined);
  }

  /** What the admin API shows and changes. */
  adminPorts(info: AdminInfo): AdminPorts {
    return {
      info,
      isReady: () => this.isReady,
      registry: () => this.registry.current,
      log: this.options.ports.log,
      now: () => this.options.ports.clock.now(),
      deployments: this.registrar,
      invocations: this.introspection,
    };
  }

  /** Makes the services of this process known as deployment `embedded:<name>`. */
  async registerEmbedded(name: string, endpoint: EmbeddedEndpoint): Promise<void> {
    const json: unknown = JSON.parse(serializeManifest(endpoint.manifest));
    const manifest = parseManifest(json, manifestContentType(4));
    const deployment = {
      id: embeddedId(name),
      address: { kind: "embedded", name },
      minProtocolVersion: manifest.minProtocolVersion,
      maxProtocolVersion: manifest.maxProtocolVersion,
    } as const;
    const { clock, log } = this.options.ports;
    const former = this.registry.current.deployment(deployment.id)?.address;
    if (former?.kind === "http") {
      log("warn", `${deployment.id} was at ${former.uri}; it runs in this process again`);
    }
    this.transports.embed(name, new InProcessTransport(endpoint));
    await this.registry.update((document) => ({
      document: withEmbedded(document, deployment, manifest.services, clock.now()),
    }));
  }

  /** Opens the partitions: what was alive goes on. */
  async start(): Promise<void> {
    await Promise.all(this.leaders.map((leader) => leader.open()));
  }

  /**
   * Asks running attempts to suspend and waits for them, at most `drainTimeoutMs`; then ends them,
   * commits what is queued and closes the store.
   */
  async close(drainTimeoutMs = DRAIN_TIMEOUT_MS): Promise<void> {
    this.closing.abort();
    await this.drain(drainTimeoutMs);
    this.invoker.close("the server is shutting down");
    this.transports.close();
    await Promise.all(this.leaders.map((leader) => leader.close()));
    this.waiters.close("the server is shutting down");
    this.registry.close();
    await this.options.store.close();
  }

  private drain(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.ports.timers.after(timeoutMs, resolve);
      this.invoker.drain(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Stops as a crash would: nothing is committed any more, nobody is told. */
  abandon(): void {
    this.closing.abort();
    this.invoker.close("the server has crashed");
    for (const leader of this.leaders) leader.abandon();
    this.registry.close();
  }

  partitionOf(key: InvocationKey): number {
    const { partitionCount } = this.options.store;
    return partitionCount === 1 ? 0 : partitionOf(partitionKeyOf(key), partitionCount);
  }

  private leaderOf(key: InvocationKey): PartitionLeader | undefined {
    return this.leaders[this.partitionOf(key)];
  }

  // ---- partitions -------------------------------------------------------------------------------

  private createLeader(partition: number): PartitionLeader {
    const { store, ports, limits, createCache, onCommitted } = this.options;
    return new PartitionLeader({
      engine: new Engine(partition, store.partitionCount),
      store,
      registry: () => this.registry.current,
      ports,
      limits,
      ...(createCache === undefined ? {} : { createCache }),
      poke: (destination, source) => this.leaders[destination]?.poke(source),
      events: {
        act: (_partition, actions) => this.act(actions),
        lost: (lost, isFinal) => this.onLost(lost, isFinal),
        opened: (opened) => this.onOpened(opened),
        ...(onCommitted === undefined ? {} : { committed: onCommitted }),
      },
    });
  }

  private act(actions: readonly Action[]): void {
    this.waiters.act(actions);
    this.invoker.act(actions);
  }

  private onLost(partition: number, isFinal: boolean): void {
    this.invoker.drop(partition, "the partition has failed");
    this.waiters.lost(partition, isFinal);
  }

  private onOpened(partition: number): void {
    for (const record of this.waiters.reattach(partition)) {
      this.leaders[partition]?.submit(record);
    }
  }

  // ---- invoker ----------------------------------------------------------------------------------

  private createInvoker(): Invoker {
    const { ports, limits } = this.options;
    return new Invoker({
      ports,
      limits,
      route: (invocation) => this.route(invocation),
      partitions: {
        submit: (key, record, applied) => void this.leaderOf(key)?.submit(record, applied),
        committed: (key) => this.leaderOf(key)?.committed(key),
        latest: (key) => this.leaderOf(key)?.latest(key),
        load: (keys) => this.load(keys),
        reads: (key) => this.leaderOf(key)?.store,
        partitionOf: (key) => this.partitionOf(key),
        rescan: () => {
          for (const leader of this.leaders) leader.rescan();
        },
      },
    });
  }

  private async load(keys: readonly InvocationKey[]): Promise<(Invocation | undefined)[]> {
    const byPartition = new Map<number, InvocationKey[]>();
    for (const key of keys) {
      const partition = this.partitionOf(key);
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), key]);
    }
    const loaded = await Promise.all(
      [...byPartition].map(([partition, own]) => this.loadFrom(partition, own)),
    );
    return loaded.flat();
  }

  private async loadFrom(
    partition: number,
    keys: readonly InvocationKey[],
  ): Promise<(Invocation | undefined)[]> {
    const store = this.leaders[partition]?.store;
    if (store === undefined) return [];
    const values = await store
      .getMany(keys.map((key) => invocationRows.rowKey(key)))
      .catch((error: unknown) => {
        // A partition that cannot be read is opened anew, which starts its invocations again.
        this.leaders[partition]?.fault(store, error);
        return undefined;
      });
    if (values === undefined) return [];
    return keys.map((key, i) => {
      const bytes = values[i];
      return bytes === undefined ? undefined : invocationRows.decode(bytes, key);
    });
  }

  private route(invocation: Invocation): Route {
    const { service } = invocation.target;
    const registry = this.registry.current;
    const deploymentId = invocation.pin?.deploymentId ?? registry.latest(service)?.deploymentId;
    if (deploymentId === undefined) {
      return noRoute("RT0011", `no deployment of service ${service} is registered`);
    }
    const deployment = registry.deployment(deploymentId);
    const transport = deployment && this.transports.find(deploymentId, deployment.address);
    if (deployment === undefined || transport === undefined) {
      const text = `deployment ${deploymentId} of service ${service} is not there`;
      return noRoute("RT0011", `${text}; start it again under this name, or register it`);
    }
    if (deployment.address.kind === "http" && deployment.address.httpVersion === "HTTP/1.1") {
      const text = `deployment ${deploymentId} at ${deployment.address.uri} speaks HTTP/1.1`;
      return noRoute(
        "RT0010",
        `${text}, which this server does not drive yet; serve it over HTTP/2`,
      );
    }
    const { minProtocolVersion, maxProtocolVersion } = deployment;
    const newest = Math.min(maxProtocolVersion, this.options.maxProtocolVersion);
    const protocolVersion = invocation.pin?.protocolVersion ?? newest;
    if (protocolVersion < Math.max(minProtocolVersion, PROTOCOL_VERSION_MIN)) {
      const range = `${minProtocolVersion} to ${maxProtocolVersion}`;
      return noRoute("RT0013", `deployment ${deploymentId} speaks protocol versions ${range}`);
    }
    const settings = registry
      .revisionAt(service, deploymentId)
      ?.handlers.get(invocation.target.handler);
    const { defaults } = this.options;
    const { address } = deployment;
    // Such an endpoint answers when it has the whole request: it is told nothing while it runs.
    const oneWay = address.kind === "http" && address.protocolMode === "REQUEST_RESPONSE";
    const inactivityTimeoutMs = settings?.inactivityTimeoutMs ?? defaults.inactivityTimeoutMs;
    return {
      kind: "deployment",
      pin: { deploymentId, protocolVersion },
      transport,
      inactivityTimeoutMs: oneWay ? 0 : inactivityTimeoutMs,
      abortTimeoutMs: settings?.abortTimeoutMs ?? defaults.abortTimeoutMs,
    };
  }

  // ---- deployments ------------------------------------------------------------------------------

  private createRegistrar(): Registrar {
    const { ports, limits, discover } = this.options;
    return new Registrar({
      registry: this.registry,
      ports,
      discover: discover ?? createDiscover(ports, limits, this.closing.signal),
      findInFlight: (deploymentId) => this.introspection.findInFlight(deploymentId),
    });
  }

  private createIntrospection(): Introspection {
    const partitions = {
      all: () => this.leaders.map((leader) => leader.store),
      partitionOf: (key: InvocationKey) => this.partitionOf(key),
    };
    return new Introspection(partitions, this.options.limits);
  }

  // ---- ingress ----------------------------------------------------------------------------------

  private createIngress(): Ingress {
    const { ports, limits } = this.options;
    return new Ingress({
      ports,
      limits,
      waiters: this.waiters,
      services: () => this.registry.current.services.map((service) => service.name),
      service: (name) => this.registry.current.latest(name),
      partitionOf: (key) => this.partitionOf(key),
      hasRoom: (partition) => this.leaders[partition]?.hasRoom ?? true,
      submit: (partition, record) => this.leaders[partition]?.submit(record) ?? false,
      outcome: (key, stored) => this.outcome(key, stored),
    });
  }

  private async outcome(key: InvocationKey, stored: StoredOutcome): Promise<Outcome | undefined> {
    if (stored.kind === "failure") return { kind: "failure", failure: stored.failure };
    const reads: Reads | undefined = this.leaderOf(key)?.store;
    if (stored.value.kind === "inline") return { kind: "value", value: stored.value.bytes };
    if (reads === undefined) return undefined;
    try {
      const value = await readPayload(reads, key, PayloadKind.output, stored.value);
      return { kind: "value", value };
    } catch (error) {
      if (error instanceof StoreError && error.code === "UNAVAILABLE") return undefined;
      throw error;
    }
  }
}

function noRoute(docCode: string, message: string): Route {
  return { kind: "none", failure: { code: 500, message, stacktrace: "", docCode } };
}
