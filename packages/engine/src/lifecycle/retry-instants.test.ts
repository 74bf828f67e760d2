/** Delays between attempts, at the ends of what can be asked for. */
import { describe, expect, it } from "vitest";
import { TestPartition } from "../testing/partition.ts";
import { invoke, keyOf, send } from "../testing/records.ts";
import { createRegistry } from "../testing/registry.ts";

const ERROR = { kind: "error", code: 500, message: "x", stacktrace: "", behavior: 0 } as const;

describe("a delay that is beyond all dates", () => {
  it.each([2 ** 52, 2 ** 53 - 1])("of %d ms is as good as never", (delay) => {
    const partition = new TestPartition();
    partition.apply(invoke(keyOf(1)));
    send(partition, keyOf(1), [{ ...ERROR, nextRetryDelayMs: delay }]);
    const { nextRetryAt } = partition.get(keyOf(1));
    expect(partition.timers().map(({ timeMs }) => timeMs)).toEqual([nextRetryAt]);
    expect(Number.isNaN(new Date(nextRetryAt).getTime())).toBe(false);
  });
});

describe("a retry policy without a first interval and without an end", () => {
  it("goes on after so many attempts that its factor has no number any more", () => {
    const retryPolicy = {
      initialIntervalMs: 0,
      exponentiationFactor: 10,
      maxAttempts: undefined,
    };
    const partition = new TestPartition({ registry: createRegistry({ retryPolicy }) });
    const key = keyOf(1);
    partition.apply(invoke(key));
    for (let n = 1; n <= 350; n++) {
      send(partition, key, [ERROR]);
      const [timer] = partition.timers();
      expect(timer?.timeMs, `after ${n} attempts`).toBeGreaterThan(partition.timeMs);
      if (timer === undefined) return;
      partition.timeMs = timer.timeMs;
      partition.apply({ kind: "timer", timer });
    }
  });
});
