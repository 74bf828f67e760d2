import { openLevelStore } from "./level/open-level-store.ts";
import { createTemporaryDirectory } from "./level/testing/temporary-directory.ts";
import { createMemoryStore, openMemoryStore } from "./memory/memory-store.ts";
import { storeProperties } from "./store-properties.suite.ts";

storeProperties({
  name: "memory",
  runs: 150,
  create: async () => {
    let store = createMemoryStore({ partitionCount: 1 });
    const { disk } = store;
    const reopen = async () => {
      store.crash();
      store = openMemoryStore(disk);
      return store;
    };
    return { store, reopen, dispose: async () => {} };
  },
});

storeProperties({
  name: "LevelDB",
  runs: 25,
  create: async () => {
    const directory = await createTemporaryDirectory();
    let store = await openLevelStore({ directory: directory.path });
    const reopen = async () => {
      await store.close();
      store = await openLevelStore({ directory: directory.path });
      return store;
    };
    const dispose = async () => {
      await store.close();
      await directory.remove();
    };
    return { store, reopen, dispose };
  },
});
