import type { Versioned } from "@rejoin/engine";
import { toStoreError } from "./database.ts";
import type { LevelContext } from "./level-context.ts";
import { decodeValue, encodeKey, namespaces } from "./row-codec.ts";

const versionBytes = 8;

/** The versioned values outside the partitions; at most one is being changed at a time. */
export class Metadata {
  readonly #context: LevelContext;
  readonly #listeners = new Map<string, Set<() => void>>();
  #changing: Promise<unknown> = Promise.resolve();

  constructor(context: LevelContext) {
    this.#context = context;
  }

  get(key: string): Promise<Versioned | undefined> {
    return this.#context.read(`reading metadata "${key}"`, () => this.#load(key));
  }

  async compareAndSet(key: string, expectedVersion: number, value: Uint8Array): Promise<boolean> {
    this.#context.assertWritable();
    const change = this.#changing.then(() => this.#change(key, expectedVersion, value));
    this.#changing = change.catch(() => undefined);
    try {
      return await change;
    } catch (error) {
      throw toStoreError(this.#context.directory, `changing metadata "${key}"`, error);
    }
  }

  watch(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Waits for changes that have begun and drops the listeners. */
  async close(): Promise<void> {
    await this.#changing;
    this.#listeners.clear();
  }

  async #load(key: string): Promise<Versioned | undefined> {
    const { database, directory } = this.#context;
    const encoded = encodeKey(namespaces.metadata, 0, Buffer.from(key));
    const stored = await database.get(encoded);
    return stored && decodeVersioned(decodeValue(directory, encoded, stored));
  }

  async #change(key: string, expectedVersion: number, value: Uint8Array): Promise<boolean> {
    const present = await this.#load(key);
    if ((present?.version ?? 0) !== expectedVersion) return false;
    const encoded = encodeVersioned({ version: expectedVersion + 1, value });
    await this.#context.writer.submit(
      (batch) => batch.put(namespaces.metadata, 0, Buffer.from(key), encoded),
      () => {
        for (const listener of this.#listeners.get(key) ?? []) queueMicrotask(listener);
      },
    );
    return true;
  }
}

function encodeVersioned(versioned: Versioned): Uint8Array {
  const encoded = new Uint8Array(versionBytes + versioned.value.length);
  new DataView(encoded.buffer).setFloat64(0, versioned.version);
  encoded.set(versioned.value, versionBytes);
  return encoded;
}

function decodeVersioned(encoded: Uint8Array): Versioned {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  return { version: view.getFloat64(0), value: encoded.subarray(versionBytes) };
}
