/** The state that an attempt is given when it opens (server.md §1.6.1). */
import { describe, expect, it } from "vitest";
import { openProcessor, type TestProcessor } from "../testing/partition.ts";
import {
  attempt,
  CLEAR_ALL_STATE,
  invoke,
  keyOf,
  objectTarget,
  setState,
} from "../testing/records.ts";
import { LAZY_STATE, readEagerState } from "./eager-state.ts";

const key = keyOf(1);
const TARGET = objectTarget("o");
const SHARED = { ...TARGET, handlerKind: "shared" } as const;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function withState(
  entries: readonly (readonly [string, string | Uint8Array])[],
): Promise<TestProcessor> {
  const begun = await openProcessor();
  await begun.apply(invoke(key, { target: TARGET }));
  await begun.apply(
    attempt(
      key,
      entries.map(([name, value]) => setState(name, value)),
    ),
  );
  return begun;
}

async function read(begun: TestProcessor, bytesMax = 1_000_000, target = TARGET) {
  const { entries, isPartial } = await readEagerState(begun.store, target, bytesMax);
  return { names: entries.map((entry) => text(entry.key)), entries, isPartial };
}

describe("the state that is given", () => {
  it("is all of it, in the order of the bytes of its names, empty values included", async () => {
    const begun = await withState([
      ["é", "3"],
      ["b", ""],
      ["a", "1"],
      ["a\u0000", "2"],
    ]);
    const { names, entries, isPartial } = await read(begun);
    expect(names).toEqual(["a", "a\u0000", "b", "é"]);
    expect(entries.map(({ value }) => text(value))).toEqual(["1", "2", "", "3"]);
    expect(isPartial).toBe(false);
  });

  it("of an object that has none is none, and complete", async () => {
    const begun = await openProcessor();
    expect(await read(begun)).toMatchObject({ names: [], isPartial: false });
  });

  it("of many entries is read a page after the other, each once", async () => {
    for (const count of [7, 8, 9, 24, 25, 60, 1300]) {
      const entries = Array.from({ length: count }, (_, i) => [`k${10_000 + i}`, "v"] as const);
      const begun = await withState(entries);
      const { names, isPartial } = await read(begun);
      expect(names).toEqual(entries.map(([name]) => name));
      expect(isPartial).toBe(false);
    }
  });

  it("ends before the entry that would exceed the bound: names and values count", async () => {
    const begun = await withState([
      ["aa", "11"],
      ["bb", "22"],
      ["cc", "33"],
    ]);
    const counts = await Promise.all([3, 4, 7, 8, 11, 12].map((max) => read(begun, max)));
    expect(counts.map(({ names }) => names.length)).toEqual([0, 1, 1, 2, 2, 3]);
    expect(counts.map(({ isPartial }) => isPartial)).toEqual([true, true, true, true, true, false]);
  });

  it("stops at the first that does not fit, and does not look for a smaller one behind it", async () => {
    const begun = await withState([
      ["a", new Uint8Array(500_000)],
      ["b", new Uint8Array(600_000)],
      ["c", "small"],
    ]);
    expect(await read(begun)).toMatchObject({ names: ["a"], isPartial: true });
  });

  it("is what counts: not what was cleared and is still being deleted", async () => {
    const begun = await withState([["old", "1"]]);
    await begun.apply(attempt(key, [CLEAR_ALL_STATE, setState("new", "2")]));
    expect(await read(begun)).toMatchObject({ names: ["new"], isPartial: false });
  });

  it("is that of the object alone", async () => {
    const begun = await withState([["a", "1"]]);
    for (const target of [objectTarget("p"), { ...TARGET, scope: "s" }, objectTarget("")]) {
      expect(await read(begun, 1000, target)).toMatchObject({ names: [] });
    }
  });

  it("is seen by a shared handler at one moment, whatever is written meanwhile", async () => {
    const entries = Array.from({ length: 40 }, (_, i) => [`k${100 + i}`, "old"] as const);
    const begun = await withState(entries);
    let closed = 0;
    const store = {
      ...begun.store,
      getMany: begun.store.getMany.bind(begun.store),
      scan: begun.store.scan.bind(begun.store),
      snapshot: async () => {
        const snapshot = await begun.store.snapshot();
        await begun.apply(
          attempt(
            key,
            entries.map(([name]) => setState(name, "new")),
          ),
        );
        return {
          getMany: snapshot.getMany.bind(snapshot),
          scan: snapshot.scan.bind(snapshot),
          close: async () => {
            closed += 1;
            await snapshot.close();
          },
        };
      },
    };
    const state = await readEagerState(store as never, SHARED, 1_000_000);
    expect(new Set(state.entries.map(({ value }) => text(value)))).toEqual(new Set(["old"]));
    expect(closed).toBe(1);
  });

  it("lets the snapshot go also when it cannot be read", async () => {
    let closed = 0;
    const snapshot = async () => ({
      getMany: () => Promise.reject(new Error("no store")),
      scan: () => Promise.reject(new Error("no store")),
      close: async () => {
        closed += 1;
      },
    });
    await expect(readEagerState({ snapshot } as never, SHARED, 10)).rejects.toThrow("no store");
    expect(closed).toBe(1);
  });

  it("lazily is nothing, and says that there may be more", () => {
    expect(LAZY_STATE).toEqual({ entries: [], isPartial: true });
  });
});
