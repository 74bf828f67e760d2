import { expect, it } from "vitest";
import { pollAfter } from "./polling.ts";

it("asks a quick server as often as wanted", () => {
  expect(pollAfter({ everyMs: 2000, tookMs: 15, failures: 0 })).toBe(2000);
});

it("asks a slow one less, and one that does not answer less and less", () => {
  expect(pollAfter({ everyMs: 2000, tookMs: 800, failures: 0 })).toBe(8000);
  expect(pollAfter({ everyMs: 2000, tookMs: 15, failures: 1 })).toBe(4000);
  expect(pollAfter({ everyMs: 2000, tookMs: 15, failures: 50 })).toBe(60_000);
  expect(pollAfter({ everyMs: 2000, tookMs: 30_000, failures: 0 })).toBe(60_000);
});
