import { expect, it } from "vitest";
import { assertLimits, DEFAULT_LIMITS, type Limits } from "./limits.ts";

it("the default limits agree with one another", () => {
  expect(() => assertLimits(DEFAULT_LIMITS)).not.toThrow();
});

it("limits that contradict one another are refused with what is wrong", () => {
  const wrong: readonly (readonly [Partial<Limits>, string])[] = [
    [{ attemptsMax: 0 }, "no attempt could ever run"],
    [{ attemptsMax: -1 }, "a limit is negative"],
    [{ cachedRowsMax: Number.NaN }, "a limit is negative"],
    [{ queueRecordsMax: 10 }, "the queue is shorter than a batch"],
    [{ queueBytesMax: 1000 }, "a request does not fit the queue"],
    [{ attemptInboxItemsMax: 10 }, "an attempt's inbox is shorter than one of its records"],
  ];
  for (const [limits, message] of wrong) {
    expect(() => assertLimits({ ...DEFAULT_LIMITS, ...limits })).toThrow(message);
  }
});

it("a cache may be empty", () => {
  const empty = { hotInvocationsMax: 0, coldInvocationsMax: 0, cachedRowsMax: 0 };
  expect(() => assertLimits({ ...DEFAULT_LIMITS, ...empty })).not.toThrow();
});
