/** Deliberate defects, put in from outside: each must be noticed (see `mutations.test.ts`). */
import type { Store } from "@rejoin/engine";
import type { CoreOptions } from "@rejoin/server";
import type { MemoryDisk } from "@rejoin/storage";

export interface Mutation {
  /** Changes what a disk does. */
  readonly spoilDisk?: (disk: MemoryDisk) => void;
  /** Wraps the store of each process. */
  readonly wrapStore?: (store: Store) => Store;
  readonly createCache?: CoreOptions["createCache"];
}

export const NO_MUTATION: Mutation = {};
