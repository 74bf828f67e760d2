/** Journals whose rows are damaged. */
import { journalRange, type PartitionStore, type Row } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { openProcessor } from "../testing/partition.ts";
import { attempt, invoke, keyOf, propose, run } from "../testing/records.ts";
import { PartitionReads } from "./partition-reads.ts";
import { readInvocation } from "./read-invocation.ts";

const key = keyOf(1);

/** Four segments: the runs 1 and 2, each with its result. */
async function openDamaged(damage: (value: Uint8Array) => Uint8Array) {
  const { store, apply } = await openProcessor();
  await apply(invoke(key));
  for (const items of [[run(1)], [propose(1)], [run(2)], [propose(2)]]) {
    await apply(attempt(key, items));
  }
  const damaged = ({ key: at, value }: Row): Row =>
    Buffer.compare(at, journalRange(key, 3).gte) === 0
      ? { key: at, value: damage(value) }
      : { key: at, value };
  const snapshot: PartitionStore["snapshot"] = async () => {
    const real = await store.snapshot();
    return {
      getMany: real.getMany.bind(real),
      scan: async (range, options) => (await real.scan(range, options)).map(damaged),
      close: real.close.bind(real),
    };
  };
  const opened = { snapshot } as PartitionStore;
  return new PartitionReads({ all: () => [opened], partitionOf: () => 0 });
}

describe("an invocation whose journal is damaged", () => {
  it.each([
    ["segment", (value: Uint8Array) => value.subarray(0, value.length - 1)],
    ["entry", (value: Uint8Array) => value.fill(0xff, value.length - 2)],
  ] as const)("is shown up to the damaged %s", async (_what, damage) => {
    const reads = await openDamaged((value) => damage(Uint8Array.from(value)));
    const detail = await readInvocation(reads, key, { from: 0, limit: 100 });
    expect(detail?.invocation).toMatchObject({ key, journalLength: 5 });
    expect(detail?.journal.items.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(detail?.journal.next).toBeUndefined();
    expect(detail?.journal.damage).toBeTypeOf("string");
    const before = await readInvocation(reads, key, { from: 0, limit: 2 });
    expect(before?.journal.items).toHaveLength(2);
  });

  it("is shown whole where it is not damaged", async () => {
    const reads = await openDamaged((value) => value);
    const detail = await readInvocation(reads, key, { from: 0, limit: 100 });
    expect(detail?.journal).toMatchObject({ items: { length: 5 } });
    expect(detail?.journal).not.toHaveProperty("damage");
  });
});
