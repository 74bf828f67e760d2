/** Where an environment keeps its data. */
import type { Store } from "@rejoin/engine";
import {
  createMemoryDisk,
  type MemoryStore,
  openLevelStore,
  openMemoryStore,
  openReopeningStore,
} from "@rejoin/storage";
import type { TestEnvironmentOptions } from "../options.ts";
import type { Disk } from "./test-process.ts";

export function createDisk(storage: TestEnvironmentOptions["storage"]): Disk {
  return storage === undefined || storage === "memory"
    ? createMemory()
    : createDirectory(storage.directory);
}

function createMemory(): Disk {
  const disk = createMemoryDisk({ partitionCount: 1 });
  return {
    open: async () => openMemoryStore(disk),
    lose: async (store) => (store as MemoryStore).crash(),
  };
}

function createDirectory(directory: string): Disk {
  return {
    open: () => openReopeningStore(() => openLevelStore({ directory })),
    lose: (store: Store) => store.close(),
  };
}
