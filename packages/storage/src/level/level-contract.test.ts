import { storeContract } from "../store.suite.ts";
import { openLevelStore } from "./open-level-store.ts";
import { createTemporaryDirectory } from "./testing/temporary-directory.ts";

storeContract({
  name: "LevelDB",
  create: async (partitionCount) => {
    const directory = await createTemporaryDirectory();
    const open = () => openLevelStore({ directory: directory.path, partitionCount });
    let store = await open();
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await open();
        return store;
      },
      dispose: async () => {
        await store.close();
        await directory.remove();
      },
    };
  },
});
