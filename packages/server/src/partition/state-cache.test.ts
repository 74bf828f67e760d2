/** States in memory: as they were last committed, or not there. */
import { instanceId, stateKey } from "@rejoin/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StateCache, type StateRead } from "./state-cache.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const A = instanceId({ service: "s", scope: "", key: "a" });
const AB = instanceId({ service: "s", scope: "", key: "ab" });

const entry = (name: string, value: string) => ({ key: encode(name), value: encode(value) });

function read(cache: StateCache, instance: string, generation = 0) {
  const entries = cache.get(instance, generation);
  return entries?.map(({ key, value }) => [decode(key), decode(value)]);
}

function load(cache: StateCache, instance: string, names: readonly string[], value = "v"): void {
  const reading = cache.beginRead(instance);
  cache.admit(
    reading,
    0,
    names.map((name) => entry(name, value)),
  );
  cache.endRead(reading);
}

describe("the state cache", () => {
  it("knows what was read, follows what is committed, and keeps the order of the names", () => {
    const cache = new StateCache(1 << 20);
    expect(read(cache, A)).toBeUndefined();
    load(cache, A, ["b", "d"]);
    cache.written(stateKey(A, 0, encode("c")), encode("1"));
    cache.written(stateKey(A, 0, encode("é")), encode("2"));
    cache.written(stateKey(A, 0, encode("b")), null);
    expect(read(cache, A)).toEqual([
      ["c", "1"],
      ["d", "v"],
      ["é", "2"],
    ]);
  });

  it("tells objects and generations apart", () => {
    const cache = new StateCache(1 << 20);
    load(cache, A, ["x"]);
    load(cache, AB, ["y"]);
    cache.written(stateKey(AB, 0, encode("x")), encode("other"));
    cache.written(stateKey(A, 1, encode("x")), encode("later"));
    expect(read(cache, A)).toEqual([["x", "v"]]);
    expect(read(cache, A, 1)).toBeUndefined();
  });

  it("does not take what a read brings that something was written beside", () => {
    const cache = new StateCache(1 << 20);
    const reading = cache.beginRead(A);
    cache.written(stateKey(A, 0, encode("x")), encode("new"));
    cache.admit(reading, 0, [entry("x", "old")]);
    cache.endRead(reading);
    expect(read(cache, A)).toBeUndefined();
  });

  it("holds no more than its bytes: what was asked for longest ago goes first", () => {
    const cache = new StateCache(100_000);
    const instances = Array.from({ length: 300 }, (_, i) =>
      instanceId({ service: "s", scope: "", key: `${i}` }),
    );
    for (const instance of instances) {
      load(cache, instance, ["x"], "v".repeat(600));
      cache.get(instances[0] ?? "", 0);
    }
    const kept = instances.filter((instance) => cache.get(instance, 0) !== undefined);
    expect(kept.length).toBeGreaterThan(80);
    expect(kept.length).toBeLessThan(110);
    expect(kept).toContain(instances[0]);
    expect(kept).toContain(instances.at(-1));
    expect(kept).not.toContain(instances[1]);
  });

  it("counts the keys of objects, which may be longer than what they hold", () => {
    const cache = new StateCache(100_000);
    const instances = Array.from({ length: 300 }, (_, i) =>
      instanceId({ service: "s", scope: "", key: `${i}`.padEnd(1000, "x") }),
    );
    for (const instance of instances) load(cache, instance, []);
    const kept = instances.filter((instance) => cache.get(instance, 0) !== undefined);
    expect(kept.length).toBeGreaterThan(60);
    expect(kept.length).toBeLessThan(100);
  });

  it("does not keep what is too large, nor what becomes so", () => {
    const cache = new StateCache(64_000);
    load(cache, A, ["x"], "v".repeat(2000));
    expect(read(cache, A)).toBeUndefined();
    load(cache, A, ["x"]);
    cache.written(stateKey(A, 0, encode("y")), encode("v".repeat(2000)));
    expect(read(cache, A)).toBeUndefined();
    expect(new StateCache(0).get(A, 0)).toBeUndefined();
  });

  it("is never wrong, whatever is written while whatever is read", () => {
    const step = fc.record({
      do: fc.constantFrom("begin", "end", "write", "delete"),
      instance: fc.constantFrom(A, AB),
      name: fc.constantFrom("a", "b", "c"),
      value: fc.string({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const cache = new StateCache(1 << 20);
        const store = new Map<string, Map<string, string>>([
          [A, new Map()],
          [AB, new Map()],
        ]);
        const stored = (instance: string) =>
          [...(store.get(instance) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
        const reads: { reading: StateRead; found: [string, string][] }[] = [];
        for (const { do: what, instance, name, value } of steps) {
          if (what === "begin") {
            reads.push({ reading: cache.beginRead(instance), found: stored(instance) });
          } else if (what === "end") {
            const ended = reads.shift();
            if (ended === undefined) continue;
            const entries = ended.found.map(([key, text]) => entry(key, text));
            cache.admit(ended.reading, 0, entries);
            cache.endRead(ended.reading);
          } else {
            const text = what === "write" ? value : undefined;
            if (text === undefined) store.get(instance)?.delete(name);
            else store.get(instance)?.set(name, text);
            const key = stateKey(instance, 0, encode(name));
            cache.written(key, text === undefined ? null : encode(text));
          }
          for (const one of [A, AB]) {
            expect([undefined, stored(one)]).toContainEqual(read(cache, one));
          }
        }
      }),
    );
  });
});
