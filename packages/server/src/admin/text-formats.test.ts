import { describe, expect, it } from "vitest";
import { formatDuration, formatInstant } from "./text-formats.ts";

describe("a duration", () => {
  it.each([
    [0, "0s"],
    [1, "1ms"],
    [1500, "1s 500ms"],
    [60_000, "1m"],
    [86_400_000, "1d"],
    [90_061_001, "1d 1h 1m 1s 1ms"],
    [365 * 86_400_000, "365d"],
    [0.4, "0s"],
  ])("of %d ms is %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});

it("writes instants with nanoseconds", () => {
  expect(formatInstant(1_763_746_666_475)).toBe("2025-11-21T17:37:46.475000000Z");
  expect(formatInstant(0)).toBe("1970-01-01T00:00:00.000000000Z");
  for (const beyond of [8.64e15, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
    expect(formatInstant(beyond)).toBe("+275760-09-13T00:00:00.000000000Z");
  }
});
