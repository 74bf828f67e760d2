/** The counts beside a scan of the store, whatever happens before, while and after they are taken. */
import { type Invocation, invocationRows, type Operation, Tag, tagRange } from "@rejoin/engine";
import { createMemoryDisk } from "@rejoin/storage";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openProcessor, type TestProcessor } from "../testing/partition.ts";
import { finish, invoke, keyOf, objectTarget } from "../testing/records.ts";
import { recover } from "./recovery.ts";
import { ALIVE_STATUSES } from "./status-counts.ts";

const KEYS = Array.from({ length: 8 }, (_, n) => keyOf(n + 1));
const DUE_AFTER_MS = 1_000_000;

type Step = {
  readonly kind: "service" | "object" | "scheduled" | "finish" | "kill" | "purge";
  readonly on: number;
};

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom("service", "object", "scheduled", "finish", "kill", "purge"),
    on: fc.nat({ max: KEYS.length - 1 }),
  }) satisfies fc.Arbitrary<Step>,
  { maxLength: 25 },
);

describe("the counts by status", () => {
  it("are those of the store", async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, async (before, meanwhile, after) => {
        const disk = createMemoryDisk({ partitionCount: 1 });
        const first = await openProcessor({ disk });
        first.processor.statuses.endLists();
        await take(first, before);
        await expectCounted(first);
        first.processor.abandon();

        const second = await openProcessor({ disk, ports: first.ports });
        const recovering = startRecovery(second);
        await take(second, meanwhile);
        await recovering;
        await second.apply();
        await expectCounted(second);
        await take(second, after);
        await expectCounted(second);
        expect(second.failures).toEqual([]);
      }),
      { numRuns: process.env.REJOIN_TEST_FULL === "1" ? 1000 : 100 },
    );
  });
});

/** One list and one key at a time, so that what happens meanwhile comes in between. */
async function startRecovery({ processor, store }: TestProcessor): Promise<void> {
  const limits = { restartListsPage: 1, recoverKeysMax: 1 };
  await recover(
    {
      count: true,
      store,
      reader: processor,
      alive: processor.alive,
      statuses: processor.statuses,
      limits,
      submit: (record, applied) => processor.submit(record, applied),
    },
    () => false,
  );
}

/** Steps come one after the other in a few turns of the microtasks, in which others do theirs. */
async function take({ processor, ports }: TestProcessor, taken: readonly Step[]): Promise<void> {
  for (const { kind, on } of taken) {
    const key = KEYS[on] ?? "";
    for (let turn = 0; turn < on; turn++) await Promise.resolve();
    processor.submit(toRecord(kind, key, ports.clock.now()));
  }
  await ports.settle();
}

function toRecord(kind: Step["kind"], key: string, now: number) {
  const request = { fresh: false, idempotencyKey: "i" };
  switch (kind) {
    case "service":
      return invoke(key, request);
    case "object":
      return invoke(key, { ...request, target: objectTarget("k") });
    case "scheduled":
      return invoke(key, { ...request, scheduledFor: now + DUE_AFTER_MS });
    case "finish":
      return finish(key);
    default: {
      const operation: Operation = { kind };
      return { kind: "operate", key, operation, waiter: {} } as const;
    }
  }
}

async function expectCounted({ processor, store }: TestProcessor): Promise<void> {
  const rows = await store.scan(tagRange(Tag.invocation), { limit: 1000 });
  const found = new Map<string, number>();
  for (const row of rows) {
    const { target, status } = invocationRows.decode(row.value, keyOfRow(row.key)) as Invocation;
    if (status === "completed") continue;
    const id = `${target.service} ${status}`;
    found.set(id, (found.get(id) ?? 0) + 1);
  }
  const { statuses } = processor;
  const counted = [...statuses.services].flatMap(([service, counts]) =>
    ALIVE_STATUSES.map((status) => [`${service} ${status}`, counts[status]] as const),
  );
  expect(statuses.isComplete).toBe(true);
  expect(new Map(counted.filter(([, count]) => count !== 0))).toEqual(found);
}

function keyOfRow(row: Uint8Array): string {
  // The row's key has the uuid before the partition key.
  const text = Buffer.from(row.subarray(1)).toString("latin1");
  return text.slice(16) + text.slice(0, 16);
}
