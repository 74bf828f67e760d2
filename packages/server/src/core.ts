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
  type EngineRecord,
  type Invocation,
  invocationRows,
  type OperationResult,
  PayloadKind,
  type Reads,
  type Store,
  type StoredOutcome,
  StoreError,
} from "@rejoin/engine";
import {
  createInvocationKey,
  type EndpointManifest,
  type InvocationKey,
  manifestContentType,
  type Outcome,
  parseManifest,
  partitionKeyOf,
  partitionKeyOfKey,
  partitionKeyOfScope,
  partitionOf,
  serializeManifest,
} from "@rejoin/protocol";
import type { AdminInfo, AdminPorts } from "./admin/ports.ts";
import { Conversions, type EmbeddedConverter } from "./discovery/conversions.ts";
import { createDiscover, type Discover } from "./discovery/discover.ts";
import { GoogleIdTokens } from "./google/id-tokens.ts";
import { createOutgoingHeaders } from "./identity/create-outgoing-headers.ts";
import type { OutgoingHeaders } from "./identity/outgoing-headers.ts";
import { DEFAULT_OUTGOING, type OutgoingOptions } from "./identity/outgoing-options.ts";
import { Ingress } from "./ingress/ingress.ts";
import { Waiters } from "./ingress/waiters.ts";
import { createIntrospection, type Introspecting } from "./introspection/create-introspection.ts";
import type { InFlightInvocations } from "./introspection/find-in-flight.ts";
import type { Introspection } from "./introspection/introspection.ts";
import type { OpenProcess } from "./introspection/mirror/messages.ts";
import type { Mirror } from "./introspection/mirror/mirror.ts";
import { chooseRoute } from "./invoker/choose-route.ts";
import { type InProcessEndpointPort, InProcessTransport } from "./invoker/in-process-transport.ts";
import { Invoker, type Route } from "./invoker/invoker.ts";
import { TransportTable } from "./invoker/transport-table.ts";
import { readPayload } from "./journal/journal-reader.ts";
import { LambdaFunctions } from "./lambda/lambda-functions.ts";
import { assertLimits, type Limits } from "./limits.ts";
import { Operations, UnavailableError } from "./operations/operations.ts";
import { PartitionLeader } from "./partition/leader.ts";
import type { RowCache } from "./partition/row-cache.ts";
import type { ServerObservers } from "./ports/observers.ts";
import type { Ports } from "./ports/ports.ts";
import { createForwardProxy, type ForwardProxy } from "./proxy/forward-proxy.ts";
import { embeddedId } from "./registry/deployment-id.ts";
import { withEmbedded } from "./registry/embedded.ts";
import { OperatorSettings } from "./registry/operator-settings.ts";
import { Registrar } from "./registry/registrar.ts";
import { ServerRegistry } from "./registry/registry.ts";
import type { ServerDefaults } from "./registry/snapshot.ts";

export interface EmbeddedEndpoint extends InProcessEndpointPort, EmbeddedConverter {
  readonly manifest: EndpointManifest;
}

export interface CoreOptions {
  readonly store: Store;
  readonly ports: Ports;
  readonly limits: Limits;
  readonly defaults: ServerDefaults;
  /** Headers that tell deployments at one address apart, in lower case; by default none. */
  readonly routingHeaders?: readonly string[];
  /** Caps the protocol version of new invocations. */
  readonly maxProtocolVersion: number;
  /** How requests to endpoints are made, where it is not as usual. */
  readonly outgoing?: Partial<OutgoingOptions>;
  /** Replaces how endpoints are asked for their services; for tests. */
  readonly discover?: Discover;
  /** Replaces the row cache; for tests. */
  readonly createCache?: (limits: Limits) => RowCache;
  /** The process that answers lists, counts and SQL; without it, a bounded look at the store does. */
  readonly openMirrorProcess?: OpenProcess | undefined;
  readonly onCommitted?: (partition: number, batch: Batch, durationMs: number) => void;
  /** Who watches; by default nobody does. */
  readonly observers?: ServerObservers | undefined;
}

const DRAIN_TIMEOUT_MS = 5000;
/** No invocation has this id. */
const NOBODY = createInvocationKey({ high: 0, low: 0 }, new Uint8Array(16));

export class Core {
  readonly ingress: Ingress;
  readonly invoker: Invoker;
  readonly registry: ServerRegistry;
  readonly introspection: Introspection;
  private readonly mirror: Mirror;
  readonly registrar: Registrar;
  readonly operations: Operations;
  readonly leaders: readonly PartitionLeader[];
  readonly waiters = new Waiters();
  private readonly options: CoreOptions;
  private readonly outgoing: OutgoingHeaders;
  private readonly functions: LambdaFunctions;
  private readonly proxy: ForwardProxy | undefined;
  private readonly tokens: GoogleIdTokens;
  private readonly transports: TransportTable;
  private readonly embedded = new Map<string, EmbeddedEndpoint>();
  private readonly closing = new AbortController();

  private constructor(options: CoreOptions, registry: ServerRegistry) {
    assertLimits(options.limits);
    this.options = options;
    this.registry = registry;
    const outgoing = { ...DEFAULT_OUTGOING, ...options.outgoing };
    this.outgoing = createOutgoingHeaders(outgoing, options.ports);
    this.proxy = createForwardProxy(outgoing, options.ports);
    const { lambda, connectTimeoutMs } = outgoing;
    this.tokens = new GoogleIdTokens({ ports: options.ports, timeoutMs: connectTimeoutMs });
    const { attemptsMax } = options.limits;
    this.functions = new LambdaFunctions(lambda, { attemptsMax, connectTimeoutMs });
    this.transports = this.createTransports(outgoing);
    const { partitionCount } = options.store;
    this.leaders = Array.from({ length: partitionCount }, (_, i) => this.createLeader(i));
    this.invoker = this.createInvoker();
    this.ingress = this.createIngress();
    const { introspection, mirror } = this.createIntrospection();
    this.introspection = introspection;
    this.mirror = mirror;
    this.operations = this.createOperations();
    registry.onChange(() => {
      for (const leader of this.leaders) leader.limitsChanged();
    });
    this.registrar = this.createRegistrar();
  }

  /** Reads the registry. The partitions are opened by {@link start}. */
  static async create(options: CoreOptions): Promise<Core> {
    return new Core(
      options,
      await ServerRegistry.open(options.store, options.defaults, options.ports.timers),
    );
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
      settings: new OperatorSettings(this.registry, this.options.ports),
      invocations: this.introspection,
      operations: this.operations,
      conversions: this.createConversions(),
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
    this.embedded.set(name, endpoint);
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
    const mirrorClosed = this.mirror.close();
    await this.drain(drainTimeoutMs);
    this.invoker.close("the server is shutting down");
    this.transports.close();
    await Promise.all(this.leaders.map((leader) => leader.close()));
    this.waiters.close("the server is shutting down");
    this.registry.close();
    await mirrorClosed;
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
    void this.mirror.close();
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
    const { store, ports, limits, createCache, onCommitted, observers } = this.options;
    const observer = observers?.partition;
    return new PartitionLeader({
      engine: new Engine(partition, store.partitionCount),
      store,
      registry: () => this.registry.current,
      ports,
      limits,
      ...(createCache === undefined ? {} : { createCache }),
      poke: (destination, source) => this.leaders[destination]?.poke(source),
      events: {
        act: (_partition, actions) => this.invoker.act(actions),
        answer: (_partition, actions) => this.answer(actions),
        lost: (lost, isFinal) => this.onLost(lost, isFinal),
        opened: (opened) => this.onOpened(opened),
        committed: (own, batch, durationMs) => {
          this.mirror.committed(batch);
          observer?.committed(own, batch, durationMs);
          onCommitted?.(own, batch, durationMs);
        },
        ...(observer === undefined ? {} : { applied: (waitedMs) => observer.applied(waitedMs) }),
      },
    });
  }

  private answer(actions: readonly Action[]): void {
    this.waiters.act(actions);
    for (const action of actions) {
      if (action.kind === "removed") this.operations.removed(action.key, action.what);
    }
  }

  private onLost(partition: number, isFinal: boolean): void {
    this.options.observers?.partition.lost(partition, isFinal);
    this.invoker.drop(partition, "the partition has failed");
    this.waiters.lost(partition, isFinal);
    this.operations.lost(partition);
  }

  private onOpened(partition: number): void {
    this.options.observers?.partition.opened(partition);
    this.mirror.reset();
    for (const record of this.waiters.reattach(partition)) {
      this.leaders[partition]?.submit(record);
    }
  }

  private createTransports({ connectTimeoutMs, lambda }: OutgoingOptions): TransportTable {
    const { outgoing, functions, proxy, tokens } = this;
    const { ports, limits } = this.options;
    const common = { ports, limits, outgoing, functions, proxy, tokens };
    const { compressFromBytes } = lambda;
    return new TransportTable({ ...common, connectTimeoutMs, compressFromBytes });
  }

  // ---- invoker ----------------------------------------------------------------------------------

  private createInvoker(): Invoker {
    const { ports, limits } = this.options;
    return new Invoker({
      ports,
      limits,
      observer: this.options.observers?.invoker,
      route: (invocation) => this.route(invocation),
      partitions: {
        submit: (key, record, applied) => void this.leaderOf(key)?.submit(record, applied),
        committed: (key) => this.leaderOf(key)?.committed(key),
        latest: (key) => this.leaderOf(key)?.latest(key),
        load: (keys) => this.load(keys),
        reads: (key) => this.leaderOf(key)?.reads,
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
    const { defaults, maxProtocolVersion } = this.options;
    const { transports } = this;
    const registry = this.registry.current;
    return chooseRoute(invocation, { registry, transports, defaults, maxProtocolVersion });
  }

  // ---- deployments ------------------------------------------------------------------------------

  private createRegistrar(): Registrar {
    const { ports, discover } = this.options;
    return new Registrar({
      registry: this.registry,
      ports,
      discover: discover ?? this.createDiscover(),
      findInFlight: (deploymentId) => this.findInFlight(deploymentId),
      routingHeaders: this.options.routingHeaders ?? [],
    });
  }

  /** What an attempt is open for may be pinned by what it has sent: that is waited for first. */
  private async findInFlight(deploymentId: string): Promise<InFlightInvocations> {
    const open = new Set(this.invoker.attemptsOn(deploymentId));
    await Promise.all(this.leaders.map((leader) => this.settled(leader)));
    return this.introspection.findInFlight(deploymentId, open);
  }

  /** Resolves when what is queued in a partition now is durable. */
  private settled(leader: PartitionLeader): Promise<void> {
    const { partition } = leader;
    return new Promise((resolve, reject) => {
      const fail = () =>
        reject(new StoreError("UNAVAILABLE", `partition ${partition} is being opened; try again`));
      const waiter = this.waiters.create(partition, ({ kind }) => {
        if (kind === "unavailable") fail();
        else resolve();
      });
      if (leader.submit({ kind: "attach", key: NOBODY, waiter, mode: "output" })) return;
      this.waiters.cancel(waiter);
      fail();
    });
  }

  private createDiscover(): Discover {
    const { outgoing, functions, proxy, tokens } = this;
    const { ports, limits } = this.options;
    const { signal } = this.closing;
    return createDiscover({ ports, limits, signal, outgoing, functions, proxy, tokens });
  }

  private createConversions(): Conversions {
    const { ports, limits } = this.options;
    const { outgoing, functions, proxy, tokens } = this;
    const { signal } = this.closing;
    const embedded = (name: string) => this.embedded.get(name);
    const common = { ports, limits, signal, outgoing, functions, proxy };
    return new Conversions({ ...common, tokens, embedded });
  }

  private createIntrospection(): Introspecting {
    const { ports, limits, openMirrorProcess, store } = this.options;
    return createIntrospection({
      ports,
      limits,
      openProcess: openMirrorProcess,
      partitionCount: store.partitionCount,
      stores: () => this.leaders.map((leader) => leader.store),
      partitionOf: (key) => this.partitionOf(key),
      registry: () => this.registry.current,
      attempts: this.invoker,
    });
  }

  // ---- operations -------------------------------------------------------------------------------

  private createOperations(): Operations {
    const { partitionCount } = this.options.store;
    return new Operations({
      partitionOf: (key) => this.partitionOf(key),
      partitionOfInstance: ({ scope, key }) => {
        const hash = scope === "" ? partitionKeyOfKey(key) : partitionKeyOfScope(scope);
        return partitionOf(hash, partitionCount);
      },
      ask: (partition, record) => this.ask(partition, record),
      reads: (partition) => this.leaders[partition]?.store,
    });
  }

  private ask(
    partition: number,
    record: (waiter: object) => EngineRecord,
  ): Promise<OperationResult> {
    return new Promise((resolve, reject) => {
      const waiter = this.waiters.create(partition, (told) => {
        if (told.kind === "operated") resolve(told.result);
        else if (told.kind === "unavailable") reject(new UnavailableError(told.reason));
      });
      if (this.leaders[partition]?.submit(record(waiter)) === true) return;
      waiter.settle({ kind: "unavailable", reason: "the partition is being opened" });
      this.waiters.cancel(waiter);
    });
  }

  // ---- ingress ----------------------------------------------------------------------------------

  private createIngress(): Ingress {
    const { ports, limits } = this.options;
    return new Ingress({
      ports,
      limits,
      waiters: this.waiters,
      observer: this.options.observers?.ingress,
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
