/** The server's registry: the current snapshot, and changes to it by compare-and-set. */
import type { Store } from "@rejoin/engine";
import {
  decodeDocument,
  EMPTY_DOCUMENT,
  encodeDocument,
  type RegistryDocument,
} from "./document.ts";
import { createSnapshot, type RegistrySnapshot, type ServerDefaults } from "./snapshot.ts";

const KEY = "registry";

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
  private readonly unwatch: () => void;

  private constructor(store: Store, defaults: ServerDefaults) {
    this.store = store;
    this.defaults = defaults;
    this.snapshot = createSnapshot(EMPTY_DOCUMENT, 0, defaults);
    this.unwatch = store.watchMetadata(KEY, () => void this.load().catch(() => undefined));
  }

  static async open(store: Store, defaults: ServerDefaults): Promise<ServerRegistry> {
    const registry = new ServerRegistry(store, defaults);
    await registry.load();
    return registry;
  }

  get current(): RegistrySnapshot {
    return this.snapshot;
  }

  /** The newest document. */
  async read(): Promise<RegistryDocument> {
    await this.load();
    return this.document;
  }

  /** Applies `change` to the newest document until no one else has changed it in between. */
  async update<T extends { readonly document: RegistryDocument }>(
    change: RegistryChange<T>,
  ): Promise<Changed<T>> {
    for (;;) {
      await this.load();
      const result = change(this.document);
      if (result.document === this.document) return { result, snapshot: this.snapshot };
      const bytes = encodeDocument(result.document);
      if (await this.store.compareAndSetMetadata(KEY, this.version, bytes)) {
        await this.load();
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
    this.unwatch();
  }

  private async load(): Promise<void> {
    const stored = await this.store.getMetadata(KEY);
    if (stored === undefined || stored.version <= this.version) return;
    const document = decodeDocument(stored.value);
    this.snapshot = createSnapshot(document, stored.version, this.defaults);
    this.document = document;
    this.version = stored.version;
  }
}
