/** Retention: lists that become durable late, and a page of many workflows after a restart. */
import { Tag, tagRange } from "@rejoin/engine";
import { createMemoryDisk } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { openProcessor, type TestProcessor } from "../testing/partition.ts";
import { finish, Gate, invoke, keyOf, registryOf } from "../testing/records.ts";
import { Retention } from "./retention.ts";

const SECOND = 1000;
const MINUTE = 60_000;

function retentionOf({ store, ports, limits, processor, failures }: TestProcessor): Retention {
  return new Retention({
    store,
    ports,
    limits,
    submit: (record, durable) => processor.submitDurable(record, durable),
    onFailure: (error) => failures.push(error),
  });
}

describe("retention", () => {
  it("finds a list whose commit took longer than the rest of its second", async () => {
    let gate: Gate | undefined;
    const begun = await openProcessor({
      registry: registryOf({ journalRetentionMs: 0 }),
      faults: {
        beforeCommit: async () => {
          await gate?.promise;
          return "ok";
        },
      },
    });
    const { apply, ports, store, failures } = begun;
    const retention = retentionOf(begun);
    retention.start();
    await apply(invoke(keyOf(1)));
    await ports.advance(SECOND - (ports.clock.now() % SECOND) - 5);
    gate = new Gate();
    await apply(finish(keyOf(1)));
    // A sweep comes after the end of the second and before the commit is durable.
    await ports.advance(10_000);
    gate.open();
    await ports.settle();
    await ports.advance(10 * MINUTE);
    retention.close();
    expect(failures).toEqual([]);
    expect(await store.scan(tagRange(Tag.invocation), { limit: 10 })).toEqual([]);
  });

  it("deletes a page of workflows of which nothing is in memory", async () => {
    const disk = createMemoryDisk({ partitionCount: 1 });
    const registry = registryOf({ workflowRetentionMs: 0 });
    const before = await openProcessor({ disk, registry });
    const keys = Array.from({ length: 24 }, (_, i) => keyOf(i + 1));
    const target = { service: "S", handler: "run", handlerKind: "workflow" } as const;
    await before.apply(
      ...keys.map((key, i) => invoke(key, { target: { ...target, key: `w${i}` } })),
    );
    await before.apply(...keys.map((key) => finish(key)));
    before.processor.abandon();
    const begun = await openProcessor({ disk, registry, ports: before.ports });
    const retention = retentionOf(begun);
    retention.start();
    await begun.ports.advance(5 * MINUTE);
    retention.close();
    expect(begun.failures).toEqual([]);
    expect(await begun.store.scan(tagRange(Tag.invocation), { limit: 10 })).toEqual([]);
  });
});
