/** What every adapter of the store must do: run by the tests of each. */
import type { PartitionStore, Reads, Store } from "@rejoin/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, commitOf, everything, patternBytes, text, writes } from "./testing/bytes.ts";

/** A new, empty store of an adapter. */
export interface TestedStore {
  readonly store: Store;
  /** Closes the store and opens one on the same data. */
  reopen(): Promise<Store>;
  /** Closes the store and removes its data. */
  dispose(): Promise<void>;
}

/** The adapter under test. */
export interface StoreContractOptions {
  readonly name: string;
  create(partitionCount: number): Promise<TestedStore>;
}

const partitionCount = 3;

/** Defines the tests of one adapter. */
export function storeContract({ name, create }: StoreContractOptions): void {
  describe(`the store contract: ${name}`, () => {
    let tested: TestedStore;
    let store: Store;
    let partition: PartitionStore;

    beforeEach(async () => {
      tested = await create(partitionCount);
      store = tested.store;
      partition = await store.open(0);
    });
    afterEach(() => tested.dispose());

    const reopen = async () => {
      store = await tested.reopen();
      partition = await store.open(0);
    };

    describe("commits", () => {
      it("start from nothing", async () => {
        expect(store.partitionCount).toBe(partitionCount);
        expect(partition.partition).toBe(0);
        expect(partition.lastCommit).toEqual({ number: 0, timeMs: 0 });
        expect(await rowsOf(partition)).toEqual({});
      });

      it("write, overwrite and delete rows", async () => {
        await partition.commit(commitOf(1, { writes: writes({ a: "1", b: "2", c: "3" }) }));
        await partition.commit(
          commitOf(2, { writes: writes({ b: "two", c: undefined, x: undefined }) }),
        );
        expect(await rowsOf(partition)).toEqual({ a: "1", b: "two" });
        expect(partition.lastCommit).toEqual({ number: 2, timeMs: 1_002 });
      });

      it("apply the writes of one commit in order", async () => {
        const twice = [...writes({ a: "1", b: "1" }), ...writes({ a: undefined, b: "2" })];
        await partition.commit(commitOf(1, { writes: twice }));
        expect(await rowsOf(partition)).toEqual({ b: "2" });
      });

      it("may be empty", async () => {
        await partition.commit(commitOf(1));
        await reopen();
        expect(partition.lastCommit).toEqual({ number: 1, timeMs: 1_001 });
      });

      it("are numbered one after another", async () => {
        await partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
        for (const wrong of [0, 1, 3]) {
          const refused = partition.commit(commitOf(wrong, { writes: writes({ a: "wrong" }) }));
          await expect(refused).rejects.toThrow(/commit \d of partition 0 is out of order.* 2$/);
        }
        await partition.commit(commitOf(2, { writes: writes({ b: "2" }) }));
        expect(await rowsOf(partition)).toEqual({ a: "1", b: "2" });
      });

      it("keep what they were given, whatever becomes of it afterwards", async () => {
        const key = bytes("key");
        const value = bytes("value");
        const committing = partition.commit(commitOf(1, { writes: [{ key, value }] }));
        await committing;
        key.fill(0);
        value.fill(0);
        expect(await rowsOf(partition)).toEqual({ key: "value" });
      });

      it("of several partitions do not touch each other", async () => {
        const others = await Promise.all([store.open(1), store.open(2)]);
        const all = [partition, ...others];
        for (let number = 1; number <= 5; number++) {
          await Promise.all(
            all.map((each) =>
              each.commit(
                commitOf(number, {
                  writes: writes({ a: `${each.partition}`, [`n${number}`]: "" }),
                }),
              ),
            ),
          );
        }
        for (const each of all) {
          const rows = { a: `${each.partition}`, n1: "", n2: "", n3: "", n4: "", n5: "" };
          expect(await rowsOf(each)).toEqual(rows);
          expect(each.lastCommit.number).toBe(5);
        }
      });

      it("refuse a partition that does not exist", async () => {
        await expect(store.open(partitionCount)).rejects.toThrow("partitions 0 to 2");
        const message = { destination: 7, sequence: { commit: 1, index: 0 }, body: bytes("x") };
        const refused = partition.commit(commitOf(1, { messages: [message] }));
        await expect(refused).rejects.toThrow("partitions 0 to 2");
        await partition.commit(commitOf(1));
      });
    });

    describe("reads", () => {
      it("give values in the order of their keys", async () => {
        await partition.commit(commitOf(1, { writes: writes({ a: "1", b: "2" }) }));
        const keys = ["b", "missing", "a", "b"].map(bytes);
        const values = await partition.getMany(keys);
        expect(values.map(text)).toEqual(["2", undefined, "1", "2"]);
        expect(await partition.getMany([])).toEqual([]);
      });

      it("scan ranges, from either end, up to a limit", async () => {
        const rows = Object.fromEntries([..."abcdefgh"].map((key) => [key, key.toUpperCase()]));
        await partition.commit(commitOf(1, { writes: writes(rows) }));
        const scan = async (gte: string, lt: string, limit: number, reverse = false) => {
          const found = await partition.scan(
            { gte: bytes(gte), lt: bytes(lt) },
            { limit, reverse },
          );
          return found.map((row) => text(row.key)).join("");
        };
        expect(await scan("b", "f", 100)).toBe("bcde");
        expect(await scan("b", "f", 100, true)).toBe("edcb");
        expect(await scan("b", "f", 2)).toBe("bc");
        expect(await scan("b", "f", 2, true)).toBe("ed");
        expect(await scan("", "zz", 100)).toBe("abcdefgh");
        expect(await scan("bb", "ff", 100, true)).toBe("fedc");
        expect(await scan("d", "d", 100)).toBe("");
        expect(await scan("f", "b", 100)).toBe("");
        expect(await scan("f", "b", 100, true)).toBe("");
        expect(await scan("a", "z", 0)).toBe("");
      });

      it("do not see another partition at the edges of a scan", async () => {
        const other = await store.open(1);
        await other.commit(
          commitOf(1, { writes: [{ key: new Uint8Array(0), value: bytes("x") }] }),
        );
        await partition.commit(commitOf(1, { writes: [{ key: edgeKey, value: bytes("y") }] }));
        expect(await partition.scan(everything, { limit: 9 })).toHaveLength(1);
        expect(await partition.scan(everything, { limit: 9, reverse: true })).toHaveLength(1);
        expect(await other.scan(everything, { limit: 9, reverse: true })).toHaveLength(1);
      });

      it("order keys as unsigned bytes", async () => {
        const keys = [[], [0], [0, 0], [0, 1], [1], [127], [127, 255], [128], [255], [255, 255]];
        const shuffled = [7, 2, 9, 0, 5, 1, 8, 3, 6, 4].map((at) => keys[at] ?? []);
        const rows = shuffled.map((key) => ({ key: new Uint8Array(key), value: bytes("") }));
        await partition.commit(commitOf(1, { writes: rows }));
        const found = await partition.scan(everything, { limit: 100 });
        expect(found.map((row) => [...row.key])).toEqual(keys);
      });

      it("give values of any size, byte for byte", async () => {
        const sizes = [0, 1, 3, 250, 4_096, 32_761, 65_537, 1 << 20];
        const rows = sizes.map((size) => ({
          key: patternBytes(size, 1 + (size % 300)),
          value: patternBytes(size, size),
        }));
        await partition.commit(commitOf(1, { writes: rows }));
        await reopen();
        const values = await partition.getMany(rows.map((row) => row.key));
        expect(values.map((value) => value?.length)).toEqual(sizes);
        for (const [at, row] of rows.entries()) {
          expect(Buffer.compare(row.value, values[at] ?? new Uint8Array(9))).toBe(0);
        }
      });

      it("give plain byte arrays", async () => {
        await partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
        const [value] = await partition.getMany([bytes("a")]);
        expect(value).toEqual(bytes("1"));
        expect(await partition.scan(everything, { limit: 1 })).toEqual([
          { key: bytes("a"), value: bytes("1") },
        ]);
      });

      it("scan ten thousand rows", async () => {
        const numbers = Array.from({ length: 10_000 }, (_, at) => String(at).padStart(5, "0"));
        const rows = Object.fromEntries(numbers.map((number) => [`k${number}`, number]));
        await partition.commit(commitOf(1, { writes: writes(rows) }));
        const up = await partition.scan(everything, { limit: 20_000 });
        expect(up.map((row) => text(row.value))).toEqual(numbers);
        const down = await partition.scan(everything, { limit: 9_999, reverse: true });
        expect(down.map((row) => text(row.value))).toEqual(numbers.toReversed().slice(0, 9_999));
      });
    });

    describe("snapshots", () => {
      it("do not change", async () => {
        await partition.commit(commitOf(1, { writes: writes({ a: "1", b: "1" }) }));
        const first = await partition.snapshot();
        await partition.commit(commitOf(2, { writes: writes({ a: undefined, b: "2", c: "2" }) }));
        const second = await partition.snapshot();
        await partition.commit(commitOf(3, { writes: writes({ a: "3", b: undefined }) }));
        expect(await rowsOf(first)).toEqual({ a: "1", b: "1" });
        expect(await rowsOf(second)).toEqual({ b: "2", c: "2" });
        expect(await rowsOf(partition)).toEqual({ a: "3", c: "2" });
        expect((await first.getMany([bytes("c"), bytes("b")])).map(text)).toEqual([undefined, "1"]);
        await first.close();
        expect(await rowsOf(second)).toEqual({ b: "2", c: "2" });
        await second.close();
      });

      it("are of no use once closed", async () => {
        const snapshot = await partition.snapshot();
        await snapshot.close();
        await snapshot.close();
        await expect(snapshot.getMany([bytes("a")])).rejects.toMatchObject({ code: "CLOSED" });
        await expect(rowsOf(snapshot)).rejects.toMatchObject({ code: "CLOSED" });
      });
    });

    describe("fencing", () => {
      it("refuses an older epoch", async () => {
        await partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
        const newer = await store.open(0);
        expect(newer.epoch).toBeGreaterThan(partition.epoch);
        expect(newer.lastCommit).toEqual({ number: 1, timeMs: 1_001 });
        const refused = partition.commit(commitOf(2, { writes: writes({ a: "old" }) }));
        await expect(refused).rejects.toMatchObject({ code: "FENCED" });
        await newer.commit(commitOf(2, { writes: writes({ b: "2" }) }));
        expect(await rowsOf(newer)).toEqual({ a: "1", b: "2" });
      });

      it("lets the older epoch read", async () => {
        await store.open(0);
        expect(await rowsOf(partition)).toEqual({});
      });

      it("commits what is in flight before the opening, or refuses it", async () => {
        const inFlight = partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
        const [outcome, newer] = await Promise.all([
          inFlight.then(
            () => "committed",
            (error: unknown) => error,
          ),
          store.open(0),
        ]);
        const committed = outcome === "committed";
        if (!committed) expect(outcome).toMatchObject({ code: "FENCED" });
        expect(newer.lastCommit.number).toBe(committed ? 1 : 0);
        expect(await rowsOf(newer)).toEqual(committed ? { a: "1" } : {});
      });

      it("gives each of several openings its own epoch", async () => {
        const openings = await Promise.all([store.open(1), store.open(1), store.open(1)]);
        const epochs = openings.map((opening) => opening.epoch);
        expect(new Set(epochs).size).toBe(3);
        const newest = Math.max(...epochs);
        for (const opening of openings) {
          const committing = opening.commit(commitOf(1));
          if (opening.epoch === newest) await committing;
          else await expect(committing).rejects.toMatchObject({ code: "FENCED" });
        }
      });

      it("outlives a reopening", async () => {
        const { epoch } = partition;
        await reopen();
        expect(partition.epoch).toBeGreaterThan(epoch);
      });
    });

    describe("mailboxes", () => {
      it("hold messages in the order of source and sequence", async () => {
        const two = await store.open(2);
        const sent = (destination: number, commit: number, index: number) => ({
          destination,
          sequence: { commit, index },
          body: bytes(`${destination}:${commit}.${index}`),
        });
        await two.commit(commitOf(1, { messages: [sent(1, 1, 1), sent(1, 1, 0)] }));
        await partition.commit(commitOf(1, { messages: [sent(1, 1, 0), sent(2, 1, 0)] }));
        await partition.commit(commitOf(2, { messages: [sent(1, 2 ** 40, 300)] }));
        const one = await store.open(1);
        const found = await one.readMailbox(undefined, 100);
        const places = found.map(({ source, sequence: { commit, index } }) => [
          source,
          commit,
          index,
        ]);
        expect(places).toEqual([
          [0, 1, 0],
          [0, 2 ** 40, 300],
          [2, 1, 0],
          [2, 1, 1],
        ]);
        expect(found.map((message) => text(message.body)).at(1)).toBe(`1:${2 ** 40}.300`);
        expect(await one.readMailbox(found[0], 2)).toEqual(found.slice(1, 3));
        expect(await one.readMailbox(found[3], 2)).toEqual([]);
        expect(await two.readMailbox(undefined, 100)).toHaveLength(1);
        expect(await partition.readMailbox(undefined, 100)).toEqual([]);
      });

      it("lose what a commit consumes", async () => {
        const one = await store.open(1);
        const messages = [0, 1, 2].map((index) => {
          return { destination: 1, sequence: { commit: 1, index }, body: patternBytes(index, 10) };
        });
        await partition.commit(commitOf(1, { messages }));
        const [first, second, third] = await one.readMailbox(undefined, 10);
        if (!(first && second && third)) throw new Error("three messages were sent");
        await one.commit(commitOf(1, { consumed: [first, third], writes: writes({ done: "1" }) }));
        expect(await one.readMailbox(undefined, 10)).toEqual([second]);
        await reopen();
        const again = await store.open(1);
        expect(await again.readMailbox(undefined, 10)).toEqual([second]);
        expect(await rowsOf(again)).toEqual({ done: "1" });
      });

      it("are written with the commit or not at all", async () => {
        const message = { destination: 1, sequence: { commit: 1, index: 0 }, body: bytes("m") };
        const newer = await store.open(0);
        const refused = partition.commit(commitOf(1, { messages: [message] }));
        await expect(refused).rejects.toMatchObject({ code: "FENCED" });
        const one = await store.open(1);
        expect(await one.readMailbox(undefined, 10)).toEqual([]);
        await newer.commit(commitOf(1, { messages: [message] }));
        expect(await one.readMailbox(undefined, 10)).toHaveLength(1);
        expect(await rowsOf(one)).toEqual({});
      });
    });

    describe("metadata", () => {
      it("is set if its version is the expected one", async () => {
        expect(await store.getMetadata("key")).toBeUndefined();
        expect(await store.compareAndSetMetadata("key", 1, bytes("no"))).toBe(false);
        expect(await store.compareAndSetMetadata("key", 0, bytes("one"))).toBe(true);
        expect(await store.compareAndSetMetadata("key", 0, bytes("no"))).toBe(false);
        expect(await store.compareAndSetMetadata("key", 1, bytes(""))).toBe(true);
        expect(await store.getMetadata("key")).toEqual({ version: 2, value: bytes("") });
        expect(await store.getMetadata("ke")).toBeUndefined();
        await reopen();
        expect(await store.getMetadata("key")).toEqual({ version: 2, value: bytes("") });
      });

      it("is set by one of several at a time", async () => {
        const attempts = ["a", "b", "c"].map((value) => {
          return store.compareAndSetMetadata("key", 0, bytes(value));
        });
        const outcomes = await Promise.all(attempts);
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        expect((await store.getMetadata("key"))?.version).toBe(1);
      });

      it("calls its watchers after each change", async () => {
        const seen: string[] = [];
        const stop = store.watchMetadata("key", () => seen.push("first"));
        store.watchMetadata("key", () => seen.push("second"));
        store.watchMetadata("other", () => seen.push("other"));
        await store.compareAndSetMetadata("key", 0, bytes("1"));
        await store.compareAndSetMetadata("key", 0, bytes("refused"));
        await store.getMetadata("key");
        expect(seen).toEqual(["first", "second"]);
        stop();
        await store.compareAndSetMetadata("key", 1, bytes("2"));
        await store.getMetadata("key");
        expect(seen).toEqual(["first", "second", "second"]);
      });
    });

    describe("closing", () => {
      it("keeps all that was committed", async () => {
        for (let number = 1; number <= 3; number++) {
          await partition.commit(commitOf(number, { writes: writes({ [`n${number}`]: "x" }) }));
        }
        await reopen();
        expect(partition.lastCommit).toEqual({ number: 3, timeMs: 1_003 });
        expect(await rowsOf(partition)).toEqual({ n1: "x", n2: "x", n3: "x" });
        await partition.commit(commitOf(4));
      });

      it("waits for what is in flight", async () => {
        const committing = partition.commit(commitOf(1, { writes: writes({ a: "1" }) }));
        const reading = partition.scan(everything, { limit: 10 });
        const closing = store.close();
        await Promise.all([committing, reading, closing]);
        await reopen();
        expect(await rowsOf(partition)).toEqual({ a: "1" });
      });

      it("refuses what comes later", async () => {
        await store.close();
        await store.close();
        const closed = { code: "CLOSED" };
        await expect(partition.commit(commitOf(1))).rejects.toMatchObject(closed);
        await expect(partition.getMany([bytes("a")])).rejects.toMatchObject(closed);
        await expect(partition.scan(everything, { limit: 1 })).rejects.toMatchObject(closed);
        await expect(partition.snapshot()).rejects.toMatchObject(closed);
        await expect(partition.readMailbox(undefined, 1)).rejects.toMatchObject(closed);
        await expect(store.open(0)).rejects.toMatchObject(closed);
        await expect(store.getMetadata("a")).rejects.toMatchObject(closed);
        const setting = store.compareAndSetMetadata("a", 0, bytes(""));
        await expect(setting).rejects.toMatchObject(closed);
      });
    });
  });
}

const edgeKey = new Uint8Array(30).fill(0xff);

async function rowsOf(reads: Reads): Promise<Record<string, string>> {
  const rows = await reads.scan(everything, { limit: 1_000 });
  return Object.fromEntries(rows.map(({ key, value }) => [text(key), text(value)]));
}
