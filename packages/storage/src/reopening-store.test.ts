import { type Store, StoreError } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { createMemoryDisk } from "./memory/memory-disk.ts";
import { openMemoryStore } from "./memory/memory-store.ts";
import { openReopeningStore } from "./reopening-store.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A store whose partitions cannot be opened. */
function refusing(inner: Store, error: StoreError): Store {
  return {
    partitionCount: inner.partitionCount,
    open: () => Promise.reject(error),
    getMetadata: (key) => inner.getMetadata(key),
    compareAndSetMetadata: (key, version, value) =>
      inner.compareAndSetMetadata(key, version, value),
    watchMetadata: (key, listener) => inner.watchMetadata(key, listener),
    close: () => inner.close(),
  };
}

describe("a reopening store", () => {
  it("is opened anew when a partition cannot be opened because the store is unavailable", async () => {
    const disk = createMemoryDisk({ partitionCount: 1 });
    let opened = 0;
    const store = await openReopeningStore(async () => {
      opened += 1;
      const inner = openMemoryStore(disk);
      if (opened > 1) return inner;
      return refusing(inner, new StoreError("UNAVAILABLE", "a write has failed"));
    });
    const heard: string[] = [];
    store.watchMetadata("registry", () => heard.push("registry"));

    const partition = await store.open(0);
    await partition.commit({
      number: 1,
      timeMs: 5,
      writes: [{ key: bytes("k"), value: bytes("v") }],
      messages: [],
      consumed: [],
    });
    await store.compareAndSetMetadata("registry", 0, bytes("{}"));

    expect(opened).toBe(2);
    expect(await partition.getMany([bytes("k")])).toEqual([bytes("v")]);
    expect(heard).toEqual(["registry"]);
    await store.close();
  });

  it("passes on what another opening cannot mend", async () => {
    const disk = createMemoryDisk({ partitionCount: 1 });
    const damage = new StoreError("DATA_CORRUPTION", "a table is damaged");
    const store = await openReopeningStore(async () => refusing(openMemoryStore(disk), damage));
    await expect(store.open(0)).rejects.toBe(damage);
  });
});
