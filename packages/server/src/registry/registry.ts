/** The server's registry: the current snapshot, and changes to it by compare-and-set. */
import type { Store } from "@rejoin/engine";
import type { Timers } from "../ports/ports.ts";
import {
  decodeDocument,
  EMPTY_DOCUMENT,
  encodeDocument,
  type RegistryDocument,
} from "./document.ts";
import { createSnapshot, type RegistrySnapshot, type ServerDefaults } from "./snapshot.ts";

const KEY = "registry";
const RETRY_MS = 1000;

/** What a change makes of the document; the same `document` if there is nothing to change. */
export type RegistryChange<T extends { readonly document: RegistryDocument }> = (
  document: RegistryDocument,
) => T;

/** What a change gave, and the registry after it. */
export interface Changed<T> {
  readonly result: T;
  readonly snapshot: RegistrySnapshot;
}

export class ServerRegistry {
  private readonly store: Store;
  private readonly defaults: ServerDefaults;
  private document: RegistryDocument = EMPTY_DOCUMENT;
  private version = 0;
  private snapshot: RegistrySnapshot;
  private readonly timers: Timers | undefined;
  private readonly unwatch: () => void;
  private cancelRetry: (() => void) | undefined;
  private closed = false;
  private readonly listeners = new Set<() => void>();

  private constructor(store: Store, defaults: ServerDefaults, timers: Timers | undefined) {
    this.store = store;
    this.defaults = defaults;
    this.timers = timers;
    this.snapshot = createSnapshot(EMPTY_DOCUMENT, 0, defaults);
    this.unwatch = store.watchMetadata(KEY, () => this.follow());
  }

  /** `timers`: with them, a change that cannot be read at once is read later. */
  static async open(
    store: Store,
    defaults: ServerDefaults,
    timers?: Timers,
  ): Promise<ServerRegistry> {
    const registry = new ServerRegistry(store, defaults, timers);
    await registry.load();
    return registry;
  }

  /** Calls `listener` after each change. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  get current(): RegistrySnapshot {
    return this.snapshot;
  }

  /** The newest document. */
  async read(): Promise<RegistryDocument> {
    await this.load();
    return this.document;
  }

  /** The newest document, and the version that {@link replace} knows it by. */
  async readVersion(): Promise<{ readonly document: RegistryDocument; readonly version: number }> {
    await this.load();
    return { document: this.document, version: this.version };
  }

  /** Stores `document`; `false`, and nothing is stored, if the registry has another version now. */
  async replace(version: number, document: RegistryDocument): Promise<boolean> {
    const isStored = await this.store.compareAndSetMetadata(KEY, version, encodeDocument(document));
    await this.load();
    return isStored;
  }

  /** Applies `change` to the newest document until no one else has changed it in between. */
  async update<T extends { readonly document: RegistryDocument }>(
    change: RegistryChange<T>,
  ): Promise<Changed<T>> {
    for (;;) {
      await this.load();
      const result = change(this.document);
      if (result.document === this.document) return { result, snapshot: this.snapshot };
      if (await this.replace(this.version, result.document)) {
        return { result, snapshot: this.snapshot };
      }
    }
  }

  /** What {@link update} would give; nothing is stored. */
  async preview<T extends { readonly document: RegistryDocument }>(
    change: RegistryChange<T>,
  ): Promise<Changed<T>> {
    const result = change(await this.read());
    return { result, snapshot: createSnapshot(result.document, this.version, this.defaults) };
  }

  close(): void {
    this.closed = true;
    this.unwatch();
    this.cancelRetry?.();
  }

  /** Nobody says a second time that something has changed: what cannot be read is read again. */
  private follow(): void {
    this.load().catch(() => {
      if (this.closed) return;
      this.cancelRetry ??= this.timers?.after(RETRY_MS, () => {
        this.cancelRetry = undefined;
        this.follow();
      });
    });
  }

  private async load(): Promise<void> {
    const stored = await this.store.getMetadata(KEY);
    if (stored === undefined || stored.version <= this.version) return;
    const document = decodeDocument(stored.value);
    this.snapshot = createSnapshot(document, stored.version, this.defaults);
    this.document = document;
    this.version = stored.version;
    for (const listener of this.listeners) listener();
  }
}
