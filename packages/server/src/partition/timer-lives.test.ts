/** An id that lives twice may set a timer at the same place twice. */
import { type TimerId, timerRowKey } from "@rejoin/engine";
import { createMemoryDisk } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../invoker/http-response.ts";
import { openProcessor } from "../testing/partition.ts";
import { invoke, keyOf } from "../testing/records.ts";
import { TimerQueue } from "./timer-queue.ts";

async function begin() {
  const begun = await openProcessor({ disk: createMemoryDisk({ partitionCount: 1 }) });
  const { store, ports, processor, actions, failures } = begun;
  const queue = new TimerQueue({
    store,
    ports,
    capacity: 10,
    fire: (timer) => processor.submit({ kind: "timer", timer }),
    onFailure: (error) => failures.push(error),
  });
  queue.start();
  await ports.settle();
  /** Passes on what the partition's leader would. */
  const settle = async () => {
    await ports.settle();
    for (const action of actions.splice(0)) {
      if (action.kind === "setTimer") queue.add(action.timer);
    }
  };
  return { ...begun, settle };
}

describe("a delayed invocation that is cancelled and asked for again", () => {
  it("starts at its time, when that is the time that it had before", async () => {
    const { ports, processor, settle, store, failures } = await begin();
    const key = keyOf(1);
    const scheduledFor = ports.clock.now() + 10_000;
    const delayed = invoke(key, { fresh: false, idempotencyKey: "i", scheduledFor });
    processor.submit(delayed);
    await settle();
    await ports.advance(5000);
    processor.submit({ kind: "operate", key, operation: { kind: "cancel" }, waiter: {} });
    await settle();
    processor.submit(delayed);
    await settle();
    await ports.advance(20_000);
    await settle();
    expect(failures).toEqual([]);
    expect(processor.committed(key)?.status).toBe("invoked");
    const timer: TimerId = { timeMs: scheduledFor, invocation: key, id: 0xffff_ffff, bornIn: 0 };
    expect(await store.getMany([timerRowKey(timer)])).toEqual([undefined]);
  });

  it("keeps its timer when that of its first life fires late", async () => {
    const { ports, processor, settle, store } = await begin();
    const key = keyOf(1);
    const scheduledFor = ports.clock.now() + 10;
    const delayed = invoke(key, { fresh: false, idempotencyKey: "i", scheduledFor });
    processor.submit(delayed);
    await settle();
    const { bornIn = 0 } = processor.committed(key) ?? {};
    const first: TimerId = { timeMs: scheduledFor, invocation: key, id: 0xffff_ffff, bornIn };
    processor.submit({ kind: "operate", key, operation: { kind: "cancel" }, waiter: {} });
    await settle();
    processor.submit(delayed);
    // Its record was on its way when the invocation was cancelled.
    processor.submit({ kind: "timer", timer: first });
    await ports.settle();
    expect(processor.committed(key)?.status).toBe("scheduled");
    const { bornIn: again = 0 } = processor.committed(key) ?? {};
    const [row] = await store.getMany([timerRowKey({ ...first, bornIn: again })]);
    expect(row).toBeDefined();
  });
});

describe("a delay without end that an endpoint asks for", () => {
  it.each(["1e308", "1e30", "18446744073709550"])(
    "of %s s does not hold up other timers",
    async (text) => {
      const { ports, processor, settle, failures } = await begin();
      const [failing, delayed] = [keyOf(1), keyOf(2)];
      const now = ports.clock.now();
      const nextRetryDelayMs = parseRetryAfter(text, now);
      if (nextRetryDelayMs === undefined) throw new Error("it is no delay");
      processor.submit(invoke(failing));
      await settle();
      const failure = { code: 500, message: "x", stacktrace: "", docCode: "RT0023" };
      processor.submit({
        kind: "attemptFailed",
        key: failing,
        start: 1,
        failure,
        nextRetryDelayMs,
      });
      processor.submit(invoke(delayed, { scheduledFor: now + 1000 }));
      await settle();
      await ports.advance(5000);
      await settle();
      expect(failures).toEqual([]);
      expect(processor.committed(delayed)?.status).toBe("invoked");
      expect(processor.committed(failing)?.nextRetryAt).toBeLessThanOrEqual(8.64e15);
    },
  );
});
