import { describe, expect, it } from "vitest";
import {
  backoffMs,
  defaultShouldRetry,
  nextAttemptAfterMs,
  parseRetryAfter,
  type RetryFailure,
  resolveRetryPolicy,
} from "./retry-policy.ts";

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");
const network: RetryFailure = { kind: "network", error: new Error("reset") };
const response = (status: number, headers: Record<string, string> = {}): RetryFailure => ({
  kind: "response",
  status,
  headers: new Headers(headers),
});
const resolve = (given: Parameters<typeof resolveRetryPolicy>[0]) => {
  const policy = resolveRetryPolicy(given);
  if (policy === undefined) throw new Error("nothing is retried");
  return policy;
};

describe("a retry policy", () => {
  it("is off unless it is asked for", () => {
    expect(resolveRetryPolicy(undefined)).toBeUndefined();
    expect(resolveRetryPolicy(false)).toBeUndefined();
  });

  it("has defaults, for true as for an empty one", () => {
    expect(resolve(true)).toEqual(resolve({}));
    expect(resolve(true)).toEqual({
      attemptsMax: 6,
      durationMaxMs: 60_000,
      initialIntervalMs: 250,
      maxIntervalMs: 3000,
      exponentiationFactor: 2,
      respectsRetryAfter: true,
      shouldRetry: defaultShouldRetry,
    });
  });

  it("keeps the defaults of what is not given", () => {
    const policy = resolve({ maxAttempts: 2, respectRetryAfter: false });
    expect(policy).toEqual({ ...resolve(true), attemptsMax: 2, respectsRetryAfter: false });
  });

  it("takes times as durations and as milliseconds", () => {
    const durations = { seconds: 1, milliseconds: 5 };
    expect(
      resolve({ maxDuration: { minutes: 2 }, initialInterval: durations, maxInterval: 7 }),
    ).toMatchObject({ durationMaxMs: 120_000, initialIntervalMs: 1005, maxIntervalMs: 7 });
    expect(resolve({ maxDuration: { days: 1, hours: 1 } }).durationMaxMs).toBe(25 * 3_600_000);
  });

  it("loses its bounds with false", () => {
    expect(resolve({ maxAttempts: false, maxDuration: false })).toMatchObject({
      attemptsMax: Number.POSITIVE_INFINITY,
      durationMaxMs: Number.POSITIVE_INFINITY,
    });
  });

  it("keeps a predicate of the caller", () => {
    const shouldRetry = () => false;
    expect(resolve({ shouldRetry }).shouldRetry).toBe(shouldRetry);
  });
});

describe("what is retried", () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 599])("status %i", (status) => {
    expect(defaultShouldRetry(response(status))).toBe(true);
    expect(defaultShouldRetry(response(status, { "x-restate-error-source": "ingress" }))).toBe(
      true,
    );
  });

  it("network errors", () => {
    expect(defaultShouldRetry(network)).toBe(true);
  });

  it.each([300, 400, 401, 404, 409, 410, 424, 426, 470, 499, 600])("not status %i", (status) => {
    expect(defaultShouldRetry(response(status))).toBe(false);
  });

  it("not how an invocation ended, whatever its status", () => {
    for (const status of [408, 429, 500, 503]) {
      const failure = response(status, { "x-restate-error-source": "invocation" });
      expect(defaultShouldRetry(failure)).toBe(false);
    }
  });
});

describe("the interval", () => {
  const policy = resolve({ initialInterval: 100, maxInterval: 1000, exponentiationFactor: 3 });
  const intervals = (random: number) => [0, 1, 2, 3, 50].map((n) => backoffMs(policy, n, random));

  it("grows up to the longest", () => {
    expect(intervals(0.5)).toEqual([100, 300, 900, 1000, 1000]);
  });

  it("varies by a fifth", () => {
    expect(intervals(0)).toEqual([80, 240, 720, 800, 800]);
    for (const [index, longest] of [120, 360, 1080, 1200, 1200].entries()) {
      const interval = intervals(1 - 2 ** -53)[index];
      expect(interval).toBeGreaterThan(longest - 0.001);
      expect(interval).toBeLessThanOrEqual(longest);
    }
  });
});

describe("retry-after", () => {
  const parse = (value?: string) =>
    parseRetryAfter(new Headers(value === undefined ? {} : { "retry-after": value }), NOW_MS);

  it.each([
    [undefined, undefined],
    ["", undefined],
    ["soon", undefined],
    ["0", 0],
    ["7", 7000],
    ["1.5", 1500],
    ["-3", 0],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
  ])("of %j is %j ms", (value, ms) => {
    expect(parse(value)).toBe(ms);
  });
});

describe("the next attempt", () => {
  const moment = { attempt: 0, elapsedMs: 0, nowMs: NOW_MS, random: 0.5 };
  const asked = response(503, { "retry-after": "10" });

  it("comes after the interval of its attempt", () => {
    expect(nextAttemptAfterMs(resolve(true), network, moment)).toBe(250);
    expect(nextAttemptAfterMs(resolve(true), network, { ...moment, attempt: 3 })).toBe(2000);
  });

  it("comes when the server says, though that is beyond the longest interval", () => {
    expect(nextAttemptAfterMs(resolve(true), asked, moment)).toBe(10_000);
    const policy = resolve({ respectRetryAfter: false });
    expect(nextAttemptAfterMs(policy, asked, moment)).toBe(250);
  });

  it("does not come when there have been enough", () => {
    const policy = resolve({ maxAttempts: 3 });
    expect(nextAttemptAfterMs(policy, asked, { ...moment, attempt: 1 })).toBe(10_000);
    expect(nextAttemptAfterMs(policy, asked, { ...moment, attempt: 2 })).toBeUndefined();
    expect(nextAttemptAfterMs(resolve({ maxAttempts: 1 }), network, moment)).toBeUndefined();
  });

  it("does not come when it would be too late, so that nobody waits for nothing", () => {
    const policy = resolve({ maxDuration: 10_001 });
    expect(nextAttemptAfterMs(policy, asked, moment)).toBe(10_000);
    expect(nextAttemptAfterMs(policy, asked, { ...moment, elapsedMs: 1 })).toBeUndefined();
  });

  it("does not come when the caller's predicate says no, which sees failure and attempt", () => {
    const seen: unknown[] = [];
    const shouldRetry = (failure: RetryFailure, attempt: number) => {
      seen.push([failure, attempt]);
      return attempt === 0;
    };
    const policy = resolve({ shouldRetry });
    expect(nextAttemptAfterMs(policy, response(400), moment)).toBe(250);
    expect(nextAttemptAfterMs(policy, network, { ...moment, attempt: 1 })).toBeUndefined();
    expect(seen).toEqual([
      [response(400), 0],
      [network, 1],
    ]);
  });
});
