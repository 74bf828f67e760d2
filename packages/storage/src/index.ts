export type { Delay } from "./level/delay.ts";
export { type LevelStoreOptions, openLevelStore } from "./level/open-level-store.ts";
export { createMemoryDisk, type MemoryDisk } from "./memory/memory-disk.ts";
export type { MemoryFaults, ReadKind, ReadView, WriteFate } from "./memory/memory-faults.ts";
export { createMemoryStore, type MemoryStore, openMemoryStore } from "./memory/memory-store.ts";
export { openReopeningStore } from "./reopening-store.ts";
