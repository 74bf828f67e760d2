/** Random commits, reads, snapshots, fencings and reopenings do what a plain map does. */
import type { KeyRange, PartitionStore, Reads, ScanOptions, Write } from "@rejoin/engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TestedStore } from "./store.suite.ts";

type Step =
  | { readonly kind: "commit"; readonly writes: Write[] }
  | { readonly kind: "scan"; readonly range: KeyRange; readonly options: ScanOptions }
  | { readonly kind: "getMany"; readonly keys: Uint8Array[] }
  | { readonly kind: "snapshot" | "closeSnapshot" | "fence" | "reopen" };

/** Few bytes, so that keys meet, share prefixes and touch both ends of the order. */
const key = fc
  .uint8Array({ maxLength: 3 })
  .map((bytes) => bytes.map((byte) => [0, 1, 254, 255][byte & 3] ?? 0));
const value = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc.uint8Array({ minLength: 5_000, maxLength: 5_100 }),
);
const write = fc.record({ key, value: fc.option(value, { nil: undefined, freq: 3 }) });
const range = fc.record({ gte: key, lt: key });
const options = fc.record({ limit: fc.integer({ min: 0, max: 40 }), reverse: fc.boolean() });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("commit"),
      writes: fc.array(write, { maxLength: 20 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("scan"), range, options }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("getMany"), keys: fc.array(key, { maxLength: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("snapshot", "closeSnapshot", "fence") }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen") }) },
);

/** A map from keys in hexadecimal, which are ordered as the keys are. */
class Model {
  #rows: ReadonlyMap<string, Uint8Array> = new Map();

  copy(): Model {
    const model = new Model();
    model.#rows = this.#rows;
    return model;
  }

  apply(writes: readonly Write[]): void {
    const rows = new Map(this.#rows);
    for (const each of writes) {
      if (each.value === undefined) rows.delete(hex(each.key));
      else rows.set(hex(each.key), each.value);
    }
    this.#rows = rows;
  }

  getMany(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return keys.map((each) => this.#rows.get(hex(each)));
  }

  scan({ gte, lt }: KeyRange, { limit, reverse }: ScanOptions) {
    const found = [...this.#rows]
      .filter(([each]) => each >= hex(gte) && each < hex(lt))
      .sort(([left], [right]) => (left < right ? -1 : 1));
    if (reverse) found.reverse();
    return found.slice(0, limit).map(([each, stored]) => {
      return { key: new Uint8Array(Buffer.from(each, "hex")), value: stored };
    });
  }
}

async function run(tested: TestedStore, steps: readonly Step[]): Promise<void> {
  let store = tested.store;
  let partition: PartitionStore = await store.open(0);
  const model = new Model();
  const snapshots: { reads: Awaited<ReturnType<PartitionStore["snapshot"]>>; model: Model }[] = [];
  let number = 0;
  const views = (): { reads: Reads; model: Model }[] => [{ reads: partition, model }, ...snapshots];
  for (const next of steps) {
    switch (next.kind) {
      case "commit":
        number += 1;
        await partition.commit({
          number,
          timeMs: number,
          writes: next.writes,
          messages: [],
          consumed: [],
        });
        model.apply(next.writes);
        break;
      case "scan":
        for (const view of views()) {
          expect(await view.reads.scan(next.range, next.options)).toEqual(
            view.model.scan(next.range, next.options),
          );
        }
        break;
      case "getMany":
        for (const view of views()) {
          expect(await view.reads.getMany(next.keys)).toEqual(view.model.getMany(next.keys));
        }
        break;
      case "snapshot":
        snapshots.push({ reads: await partition.snapshot(), model: model.copy() });
        break;
      case "closeSnapshot":
        await snapshots.shift()?.reads.close();
        break;
      case "fence":
        partition = await store.open(0);
        break;
      case "reopen":
        for (const snapshot of snapshots.splice(0)) await snapshot.reads.close();
        store = await tested.reopen();
        partition = await store.open(0);
        expect(partition.lastCommit).toEqual({ number, timeMs: number });
        break;
    }
  }
}

/** The adapter under test. */
export interface StorePropertiesOptions {
  readonly name: string;
  readonly runs: number;
  /** A new, empty store with one partition. */
  create(): Promise<TestedStore>;
}

/** Defines the property of one adapter. */
export function storeProperties({ name, runs, create }: StorePropertiesOptions): void {
  describe(`the store as a map: ${name}`, () => {
    it("is a map", async () => {
      const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const tested = await create();
        try {
          await run(tested, steps);
        } finally {
          await tested.dispose();
        }
      });
      await fc.assert(property, { numRuns: runs });
    });
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
