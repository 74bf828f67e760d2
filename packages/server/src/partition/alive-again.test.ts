/** Restart lists and ids that live a second time. */
import { Tag, tagRange } from "@rejoin/engine";
import { createMemoryDisk } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { openProcessor } from "../testing/partition.ts";
import { finish, invoke, keyOf } from "../testing/records.ts";
import { recover } from "./recovery.ts";

describe("the restart list of a batch", () => {
  it("goes with the last that it bore, also when an id on it lives again after a restart", async () => {
    const disk = createMemoryDisk({ partitionCount: 1 });
    const before = await openProcessor({ disk });
    const [again, other] = [keyOf(1), keyOf(2)];
    const due = before.ports.clock.now() + 1_000_000;
    const asked = invoke(again, { fresh: false, idempotencyKey: "i", scheduledFor: due });
    await before.apply(asked, invoke(other));
    await before.apply({ kind: "operate", key: again, operation: { kind: "cancel" }, waiter: {} });
    await before.apply({ ...asked, scheduledFor: 0 });
    before.processor.abandon();

    const { processor, store, apply, failures } = await openProcessor({ disk });
    const done = recover(
      {
        count: true,
        store,
        reader: processor,
        alive: processor.alive,
        statuses: processor.statuses,
        limits: DEFAULT_LIMITS,
        submit: (record, applied) => processor.submit(record, applied),
      },
      () => false,
    );
    await apply();
    await done;
    await apply(finish(other), finish(again));
    await apply(invoke(keyOf(3)));
    await apply(finish(keyOf(3)));
    await apply(invoke(keyOf(4)));
    expect(failures).toEqual([]);
    // That of the last one alone.
    expect(await store.scan(tagRange(Tag.alive), { limit: 10 })).toHaveLength(1);
  });
});
