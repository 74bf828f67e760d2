import { expect, it } from "vitest";
import { storeContract } from "../store.suite.ts";
import { bytes, commitOf, everything, text, writes } from "../testing/bytes.ts";
import { createMemoryDisk } from "./memory-disk.ts";
import type { MemoryFaults, ReadView, WriteFate } from "./memory-faults.ts";
import { createMemoryStore, openMemoryStore } from "./memory-store.ts";

storeContract({
  name: "memory",
  create: async (partitionCount) => {
    const first = createMemoryStore({ partitionCount });
    let store = first;
    return {
      store: first,
      reopen: async () => {
        await store.close();
        store = openMemoryStore(first.disk);
        return store;
      },
      dispose: () => store.close(),
    };
  },
});

/** A promise that the test resolves. */
function gate<T>() {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const one = commitOf(1, { writes: writes({ a: "1" }) });

async function rowOf(reads: { getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> }) {
  const [value] = await reads.getMany([bytes("a")]);
  return text(value);
}

it("fails a commit before or after it is applied", async () => {
  const fates: WriteFate[] = ["fail-before", "fail-after", "ok"];
  const beforeCommit = async () => fates.shift() ?? "ok";
  const store = createMemoryStore({ partitionCount: 1, faults: { beforeCommit } });
  const partition = await store.open(0);
  await expect(partition.commit(one)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await rowOf(partition)).toBeUndefined();
  await expect(partition.commit(one)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await rowOf(partition)).toBe("1");
  const again = await store.open(0);
  expect(again.lastCommit.number).toBe(1);
  await again.commit(commitOf(2));
});

it("holds a commit for as long as the injector wants, and fences it meanwhile", async () => {
  const fate = gate<WriteFate>();
  const faults = { beforeCommit: () => fate.promise };
  const store = createMemoryStore({ partitionCount: 1, faults });
  const partition = await store.open(0);
  const held = partition.commit(one);
  expect(await rowOf(partition)).toBeUndefined();
  await store.open(0);
  fate.open("ok");
  await expect(held).rejects.toMatchObject({ code: "FENCED" });
  expect(await rowOf(partition)).toBeUndefined();
});

it("serves a delayed read from the state before or after its delay", async () => {
  for (const [view, seen] of [
    ["called", undefined],
    ["served", "1"],
  ] as const) {
    const delays: Promise<ReadView>[] = [];
    const beforeRead = () => delays.shift() ?? Promise.resolve(view);
    const store = createMemoryStore({ partitionCount: 1, faults: { beforeRead } });
    const partition = await store.open(0);
    const delay = gate<ReadView>();
    delays.push(delay.promise);
    const reading = rowOf(partition);
    await partition.commit(one);
    delay.open(view);
    expect(await reading).toBe(seen);
  }
});

it("loses or keeps a held commit in a crash as the injector says", async () => {
  for (const survives of [false, true]) {
    const disk = createMemoryDisk({ partitionCount: 1 });
    const fate = gate<WriteFate>();
    const faults: MemoryFaults = {
      beforeCommit: (_, commit) => (commit.number === 2 ? fate.promise : Promise.resolve("ok")),
      beforeRead: () => new Promise<never>(() => {}),
      survivesCrash: () => survives,
    };
    const store = openMemoryStore(disk, { faults });
    const partition = await store.open(0);
    await partition.commit(one);
    const held = partition.commit(commitOf(2, { writes: writes({ a: "2" }) }));
    const reading = partition.scan(everything, { limit: 1 });
    store.crash();
    for (const lost of [held, reading, partition.commit(commitOf(3)), store.open(0)]) {
      await expect(lost).rejects.toMatchObject({ code: "UNAVAILABLE" });
    }
    fate.open("ok");
    await Promise.resolve();
    const next = await openMemoryStore(disk).open(0);
    expect(next.lastCommit.number).toBe(survives ? 2 : 1);
    expect(await rowOf(next)).toBe(survives ? "2" : "1");
  }
});

it("does not let a fenced commit survive a crash", async () => {
  const disk = createMemoryDisk({ partitionCount: 1 });
  const faults: MemoryFaults = {
    beforeCommit: () => new Promise<never>(() => {}),
    survivesCrash: () => true,
  };
  const old = openMemoryStore(disk, { faults });
  const held = (await old.open(0)).commit(one);
  const newer = await openMemoryStore(disk).open(0);
  old.crash();
  await expect(held).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(await rowOf(newer)).toBeUndefined();
});

it("lets the stores on one disk see and fence each other", async () => {
  const disk = createMemoryDisk({ partitionCount: 1 });
  const [left, right] = [openMemoryStore(disk), openMemoryStore(disk)];
  const seen: string[] = [];
  right.watchMetadata("key", () => seen.push("changed"));
  await left.compareAndSetMetadata("key", 0, bytes("x"));
  await right.getMetadata("key");
  expect(seen).toEqual(["changed"]);
  const leader = await left.open(0);
  await right.open(0);
  await expect(leader.commit(one)).rejects.toMatchObject({ code: "FENCED" });
});

it("fails and delays openings and metadata", async () => {
  const faults: MemoryFaults = {
    beforeOpen: async () => "fail-after",
    beforeSetMetadata: async () => "fail-after",
    beforeGetMetadata: () => Promise.reject(new Error("no metadata")),
  };
  const disk = createMemoryDisk({ partitionCount: 1 });
  const store = openMemoryStore(disk, { faults });
  await expect(store.open(0)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const setting = store.compareAndSetMetadata("key", 0, bytes("x"));
  await expect(setting).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(store.getMetadata("key")).rejects.toThrow("no metadata");
  const sound = openMemoryStore(disk);
  expect((await sound.open(0)).epoch).toBe(2);
  expect((await sound.getMetadata("key"))?.version).toBe(1);
});
