/** The server's registry: the current snapshot, and changes to it by compare-and-set. */
import type { Store } from "@rejoin/engine";
import { decodeDocument, EMPTY_DOCUMENT, encodeDocument, type RegistryDocument } from "./document.ts";
import { createSnapshot, type RegistrySnapshot, type ServerDefaults } from "./snapshot.ts";

const KEY = "registry";

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

  /** Applies `change` to the newest document until no one else has changed it in between. */
  async update(change: (document: RegistryDocument) => RegistryDocument): Promise<void> {
    for (;;) {
      await this.load();
      const next = change(this.document);
      if (next === this.document) return;
      const bytes = encodeDocument(next);
      if (await this.store.compareAndSetMetadata(KEY, this.version, bytes)) {
        await this.load();
        return;
      }
    }
  }

  close(): void {
    this.unwatch();
  }

  private async load(): Promise<void> {
    const stored = await this.store.getMetadata(KEY);
    if (stored === undefined || stored.version <= this.version) return;
    this.version = stored.version;
    this.document = decodeDocument(stored.value);
    this.snapshot = createSnapshot(this.document, this.version, this.defaults);
  }
}
