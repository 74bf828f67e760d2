/**
 * Tells listeners of changes of metadata, by whatever process: each change is notified by the
 * transaction that makes it, to a connection that does nothing but listen. When that connection is
 * lost, another one listens, and what has changed in between is found by its version.
 */
import { Client, type ClientConfig, type Notification } from "pg";
import type { Delay } from "../level/delay.ts";
import { toConnectError } from "./postgres-errors.ts";
import { metadataChannel } from "./statements.ts";

/** What a notification says: a change of the value of `key` to `version`. */
export interface MetadataChange {
  readonly schema: string;
  readonly key: string;
  readonly version: number;
}

/** The text of a notification: schema and key in hexadecimal UTF-8, and the version. */
export function formatChange({ schema, key, version }: MetadataChange): string {
  return `${toHex(schema)} ${toHex(key)} ${version}`;
}

/** See {@link formatChange}; `undefined` for anything else. */
export function parseChange(text: string): MetadataChange | undefined {
  const [, schema, key, version] = /^([\da-f]*) ([\da-f]*) (\d+)$/.exec(text) ?? [];
  if (schema === undefined || key === undefined || version === undefined) return undefined;
  return { schema: fromHex(schema), key: fromHex(key), version: Number(version) };
}

/** What a watch needs of its store. */
export interface MetadataWatchOptions {
  readonly config: ClientConfig;
  readonly place: string;
  readonly schema: string;
  readonly delay: Delay;
  readonly readVersions: (keys: readonly string[]) => Promise<ReadonlyMap<string, number>>;
}

const reconnectDelayMs = 100;
const reconnectDelayMsMax = 5_000;

/** See the head of this file. */
export class MetadataWatch {
  readonly #options: MetadataWatchOptions;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** The newest version of each watched key that its listeners have been told of. */
  readonly #known = new Map<string, number>();
  #client: Client | undefined;
  #isReconnecting = false;
  #isClosed = false;
  #wake: () => void = () => {};
  readonly #closed = new Promise<void>((resolve) => {
    this.#wake = resolve;
  });

  constructor(options: MetadataWatchOptions) {
    this.#options = options;
  }

  /** Listens from now on; rejects with `UNAVAILABLE` if that is not possible. */
  async start(): Promise<void> {
    await this.#listen();
  }

  /** Calls `listener` after every change of `key`, until what it gives is called. */
  watch(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(key) !== listeners) return;
      this.#listeners.delete(key);
      this.#known.delete(key);
    };
  }

  /** `key` has this version; its listeners are told unless they have been. */
  note(key: string, version: number): void {
    const listeners = this.#listeners.get(key);
    if (listeners === undefined || version <= (this.#known.get(key) ?? 0)) return;
    this.#known.set(key, version);
    for (const listener of listeners) queueMicrotask(listener);
  }

  /** Stops listening and forgets the listeners. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wake();
    this.#listeners.clear();
    await this.#client?.end().catch(() => undefined);
  }

  async #listen(): Promise<void> {
    const { config, place } = this.#options;
    const client = new Client(config);
    const state = { isEnded: false };
    client.on("error", () => {
      // The end follows.
    });
    client.on("end", () => {
      state.isEnded = true;
      if (this.#client !== client) return;
      this.#client = undefined;
      void this.#listenAgain();
    });
    client.on("notification", (notification) => this.#receive(notification));
    try {
      await client.connect();
      await client.query(`LISTEN ${metadataChannel}`);
      if (state.isEnded) throw new Error("the connection was closed");
    } catch (error) {
      void client.end().catch(() => undefined);
      throw toConnectError(place, "notifications", error);
    }
    this.#client = client;
  }

  /** Until it listens and has caught up, or the store is closed. */
  async #listenAgain(): Promise<void> {
    if (this.#isReconnecting) return;
    this.#isReconnecting = true;
    let delayMs = reconnectDelayMs;
    while (!this.#isClosed) {
      try {
        if (this.#client === undefined) await this.#listen();
        await this.#catchUp();
        if (this.#client !== undefined) break;
      } catch {
        await Promise.race([this.#options.delay(delayMs), this.#closed]);
        delayMs = Math.min(2 * delayMs, reconnectDelayMsMax);
      }
    }
    this.#isReconnecting = false;
    if (this.#isClosed) await this.#client?.end().catch(() => undefined);
  }

  async #catchUp(): Promise<void> {
    const versions = await this.#options.readVersions([...this.#listeners.keys()]);
    for (const [key, version] of versions) this.note(key, version);
  }

  #receive({ payload = "" }: Notification): void {
    const change = parseChange(payload);
    if (change?.schema === this.#options.schema) this.note(change.key, change.version);
  }
}

function toHex(text: string): string {
  return Buffer.from(text).toString("hex");
}

function fromHex(hex: string): string {
  return Buffer.from(hex, "hex").toString();
}
