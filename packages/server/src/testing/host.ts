/**
 * A whole server without sockets, on a manual clock and a memory store, with scripted endpoints:
 * what the scenario suite runs on.
 */
import {
  type Commit,
  FRAME_HEADER_BYTES,
  type Invocation,
  instanceId,
  invocationOfRowKey,
  invocationRows,
  journalRange,
  type Operation,
  type OperationResult,
  objectRows,
  type PartitionStore,
  PayloadKind,
  parseStateRowKey,
  type Store,
  stateRange,
  Tag,
  tagRange,
  visitSegment,
} from "@rejoin/engine";
import {
  decodeBody,
  type InvocationKey,
  type Message,
  type ProtocolVersion,
  parseInvocationId,
} from "@rejoin/protocol";
import { createMemoryDisk, type MemoryDisk, openMemoryStore } from "@rejoin/storage";
import { Core } from "../core.ts";
import type { IngressResponse } from "../ingress/ingress.ts";
import { readPayload } from "../journal/journal-reader.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { SERVER_DEFAULTS, type ServerDefaults } from "../registry/snapshot.ts";
import { type Chaos, withChaoticMailboxes } from "./chaotic-store.ts";
import { createRandom, ManualPorts } from "./manual-ports.ts";
import type { Served } from "./script.ts";
import { ScriptedEndpoint } from "./scripted-endpoint.ts";

export interface HostOptions extends Served {
  readonly partitions: number;
  readonly seed?: number;
  readonly limits?: Partial<Limits>;
  readonly mailbox?: "plain" | "chaotic";
  readonly version?: ProtocolVersion;
  readonly defaults?: Partial<ServerDefaults>;
  /** Makes what takes the place of a memory disk. */
  readonly createStorage?: (partitionCount: number) => HostStorage;
}

/** What outlives the stores on it. */
export interface HostStorage {
  open(onCommit: (commit: Commit) => void): Promise<HostStore>;
  /** Waits for something that is under way; `false` if there is nothing. */
  wait(): Promise<boolean>;
  dispose(): Promise<void>;
}

/** A store that can be ended as `kill -9` would. */
export interface HostStore extends Store {
  crash(): void;
}

export interface RequestOptions {
  readonly idempotencyKey?: string;
  /** Makes it a send that is due later. */
  readonly delay?: string;
}

/** An answer of the ingress. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export class Host {
  readonly ports: ManualPorts;
  readonly disk: MemoryDisk;
  readonly options: HostOptions;
  readonly faults: unknown[] = [];
  endpoint: ScriptedEndpoint;
  core!: Core;
  chaos: Chaos = { repeated: 0, held: 0 };
  /** Messages that went from one partition to another. */
  messagesSent = 0;
  commits = 0;
  private readonly storage: HostStorage | undefined;
  private store!: HostStore;
  private closed = false;

  private constructor(options: HostOptions) {
    this.options = options;
    this.ports = new ManualPorts(options.seed ?? 1);
    this.disk = createMemoryDisk({ partitionCount: options.partitions });
    const storage = options.createStorage?.(options.partitions);
    this.storage = storage;
    if (storage !== undefined) this.ports.waitOutside = () => storage.wait();
    this.endpoint = this.createEndpoint();
  }

  static async start(options: HostOptions): Promise<Host> {
    const host = new Host(options);
    await host.boot();
    return host;
  }

  private createEndpoint(): ScriptedEndpoint {
    const { handlers, objects, workflows } = this.options;
    return new ScriptedEndpoint({
      handlers,
      ...(objects === undefined ? {} : { objects }),
      ...(workflows === undefined ? {} : { workflows }),
      now: () => this.ports.clock.now(),
      onFault: (error) => this.faults.push(error),
    });
  }

  private async boot(): Promise<void> {
    const { limits, defaults, version = 7, mailbox = "plain" } = this.options;
    this.store = await this.openStore();
    let store: Store = this.store;
    if (mailbox === "chaotic") {
      const wrapped = withChaoticMailboxes(this.store, {
        ports: this.ports,
        random: createRandom((this.options.seed ?? 1) * 7919),
        poke: (partition, source) => this.core.leaders[partition]?.poke(source),
      });
      store = wrapped.store;
      this.chaos = wrapped.chaos;
    }
    this.core = await Core.create({
      store,
      ports: this.ports,
      limits: { ...DEFAULT_LIMITS, ...limits },
      defaults: { ...SERVER_DEFAULTS, ...defaults },
      maxProtocolVersion: version,
    });
    await this.core.registerEmbedded("main", this.endpoint);
    const started = this.core.start();
    await this.ports.settle();
    await started;
    await this.ports.settle();
  }

  private async openStore(): Promise<HostStore> {
    const count = (commit: Commit) => {
      this.commits += 1;
      this.messagesSent += commit.messages.length;
    };
    if (this.storage !== undefined) return await this.storage.open(count);
    return openMemoryStore(this.disk, {
      faults: {
        beforeCommit: async (_, commit) => {
          count(commit);
          return "ok";
        },
      },
    });
  }

  /** Ends the process as `kill -9` would and starts it anew on what is durable. */
  async restart(): Promise<void> {
    this.core.abandon();
    this.store.crash();
    await this.ports.settle();
    await this.boot();
  }

  /** Ends the host; throws what went wrong in it. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.core.abandon();
    this.store.crash();
    await this.ports.settle();
    await this.storage?.dispose();
  }

  // ---- requests ---------------------------------------------------------------------------------

  async call(handler: string, input: string | Uint8Array = "", options: RequestOptions = {}) {
    return await this.until(this.request(`/S/${handler}`, input, options));
  }

  async send(handler: string, input: string | Uint8Array = "", options: RequestOptions = {}) {
    return await this.until(this.request(`/S/${handler}/send`, input, options));
  }

  async get(path: string): Promise<Answer> {
    return await this.until(this.request(path, undefined));
  }

  /** Requests any path of the ingress. */
  async post(path: string, input: string | Uint8Array = "", options: RequestOptions = {}) {
    return await this.until(this.request(path, input, options));
  }

  /** What an operator asks for. */
  async operate(key: InvocationKey, operation: Operation): Promise<OperationResult> {
    return await this.until(this.core.operations.operate(key, operation));
  }

  /** Lets time pass until the only invocation of a handler, or of one of its keys, is as wanted. */
  async found(
    handler: string,
    wanted: (invocation: Invocation) => boolean = () => true,
    key?: string,
  ): Promise<Invocation> {
    for (let i = 0; i < 10_000; i++) {
      await this.ports.settle();
      const all = (await this.invocations()).filter(
        ({ target }) => target.handler === handler && (key === undefined || target.key === key),
      );
      const found = all.find(wanted);
      if (found !== undefined) return found;
      if (!(await this.ports.step())) break;
    }
    throw new Error(`no invocation of ${handler} is as wanted`);
  }

  /** A request that is under way; {@link until} waits for it. */
  async request(
    path: string,
    input: string | Uint8Array | undefined,
    { idempotencyKey, delay }: RequestOptions = {},
  ): Promise<Answer> {
    const body = typeof input === "string" ? new TextEncoder().encode(input) : input;
    const headers = new Map<string, string>();
    if (body !== undefined && body.length > 0) headers.set("content-type", "text/plain");
    if (idempotencyKey !== undefined) headers.set("idempotency-key", idempotencyKey);
    const query = new URLSearchParams(delay === undefined ? {} : { delay });
    const response = await this.core.ingress.handle({
      method: input === undefined ? "GET" : "POST",
      path,
      query,
      pathAndQuery: path,
      headers: [],
      header: (name) => headers.get(name),
      body: async () => body ?? new Uint8Array(0),
      onGone: () => undefined,
    });
    return toAnswer(response);
  }

  /** Lets time pass until `promise` has settled. */
  async until<T>(promise: Promise<T>, maxMs?: number): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    await this.ports.until(() => settled, maxMs);
    return await promise;
  }

  // ---- what is left -----------------------------------------------------------------------------

  /** Lets time pass until every invocation has one of `statuses`. */
  async rest(...statuses: readonly Invocation["status"][]): Promise<void> {
    const allowed = new Set<string>(statuses.length === 0 ? ["completed"] : statuses);
    for (let i = 0; i < 10_000; i++) {
      await this.ports.settle();
      const all = await this.invocations();
      if (all.every((invocation) => allowed.has(invocation.status))) return;
      if (!(await this.ports.step())) break;
    }
    throw new Error("the invocations do not come to rest");
  }

  stores(): PartitionStore[] {
    return this.core.leaders.flatMap((leader) => leader.store ?? []);
  }

  async invocations(): Promise<Invocation[]> {
    const pages = this.stores().map((store) =>
      store.scan(tagRange(Tag.invocation), { limit: Number.MAX_SAFE_INTEGER }),
    );
    const rows = (await Promise.all(pages)).flat();
    return rows.map((row) => invocationRows.decode(row.value, invocationOfRowKey(row.key)));
  }

  /** The journal of an invocation, decoded; its Input and an Output in the header left out. */
  async journal(key: InvocationKey): Promise<Message[]> {
    const store = this.storeOf(key);
    const rows = await store.scan(journalRange(key), { limit: Number.MAX_SAFE_INTEGER });
    const found: {
      readonly index: number;
      readonly code: number;
      readonly body: Uint8Array | undefined;
    }[] = [];
    for (const row of rows) {
      visitSegment(row, ({ index, code, frame, storedLength }) => {
        const body = storedLength === undefined ? frame.subarray(FRAME_HEADER_BYTES) : undefined;
        found.push({ index, code, body });
      });
    }
    return await Promise.all(
      found.map(async ({ index, code, body }) => {
        return decodeBody(code, 0, body ?? (await this.largeBody(key, index)), 7);
      }),
    );
  }

  private async largeBody(key: InvocationKey, index: number): Promise<Uint8Array> {
    const { readEntries } = await import("../journal/journal-reader.ts");
    const [entry] = await readEntries(this.storeOf(key), key, index, 1);
    return entry?.item.message === undefined
      ? (entry?.item.frame.subarray(FRAME_HEADER_BYTES) ?? new Uint8Array(0))
      : new Uint8Array(0);
  }

  /** The result of a completed invocation. */
  async resultOf({ key, output }: Invocation): Promise<Uint8Array | string | undefined> {
    if (output === undefined) return undefined;
    if (output.kind === "failure") return `${output.failure.code} ${output.failure.message}`;
    return await readPayload(this.storeOf(key), key, PayloadKind.output, output.value);
  }

  /** The state of an object or workflow, as text. */
  async stateOf(service: string, key: string): Promise<Record<string, string>> {
    const id = instanceId({ service, scope: "", key });
    const state: Record<string, string> = {};
    for (const store of this.stores()) {
      const [row] = await store.getMany([objectRows.rowKey(id)]);
      const generation = row === undefined ? 0 : objectRows.decode(row, id).generation;
      const rows = await store.scan(stateRange(id, generation), { limit: 1000 });
      const decoder = new TextDecoder();
      for (const { key: rowKey, value } of rows) {
        state[decoder.decode(parseStateRowKey(rowKey).name)] = decoder.decode(value);
      }
    }
    return state;
  }

  /** How many rows of a tag there are in all partitions. */
  async countRows(tag: number): Promise<number> {
    const pages = this.stores().map((store) => store.scan(tagRange(tag), { limit: 10_000 }));
    return (await Promise.all(pages)).flat().length;
  }

  storeOf(key: InvocationKey): PartitionStore {
    const store = this.core.leaders[this.core.partitionOf(key)]?.store;
    if (store === undefined) throw new Error("the partition is not open");
    return store;
  }

  /** The invocation that an answer is about. */
  keyOf(answer: Answer): InvocationKey {
    return parseInvocationId(answer.headers["x-restate-id"] ?? "");
  }
}

function toAnswer({ status, headers, body }: IngressResponse): Answer {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return { status, headers, bytes, text: new TextDecoder().decode(bytes) };
}
