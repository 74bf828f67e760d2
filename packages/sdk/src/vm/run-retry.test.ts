import { expect, test } from "vitest";
import { decideRunRetry, type RunRetryPolicy } from "./run-retry.ts";

const NONE: RunRetryPolicy = {
  initialIntervalMs: undefined,
  maxIntervalMs: undefined,
  factor: undefined,
  maxAttempts: undefined,
  maxDurationMs: undefined,
};
const tries = (count: number, durationMs = 0) => ({ count, durationMs });

test("without a policy the server decides, unless the error asks for a delay", () => {
  expect(decideRunRetry(tries(9), undefined)).toEqual({ kind: "retry" });
  expect(decideRunRetry(tries(9), undefined, 70)).toEqual({ kind: "retry", afterMs: 70 });
});

test("the interval doubles from 50 ms up to 10 s", () => {
  const delays = [1, 2, 3, 8, 9, 50].map((count) => decideRunRetry(tries(count), NONE));
  expect(delays.map((decision) => decision.kind === "retry" && decision.afterMs)).toEqual([
    50, 100, 200, 6400, 10_000, 10_000,
  ]);
});

test("interval, factor and maximum can be chosen", () => {
  const policy = { ...NONE, initialIntervalMs: 10, factor: 3, maxIntervalMs: 50 };
  const delays = [1, 2, 3].map((count) => decideRunRetry(tries(count), policy));
  expect(delays.map((decision) => decision.kind === "retry" && decision.afterMs)).toEqual([
    10, 30, 50,
  ]);
});

test("attempts and duration bound the tries, delay or not", () => {
  const attempts = { ...NONE, maxAttempts: 2 };
  expect(decideRunRetry(tries(1), attempts).kind).toBe("retry");
  expect(decideRunRetry(tries(2), attempts).kind).toBe("giveUp");
  expect(decideRunRetry(tries(2), attempts, 5).kind).toBe("giveUp");
  const duration = { ...NONE, maxDurationMs: 1000 };
  expect(decideRunRetry(tries(1, 999), duration).kind).toBe("retry");
  expect(decideRunRetry(tries(1, 1000), duration).kind).toBe("giveUp");
});
