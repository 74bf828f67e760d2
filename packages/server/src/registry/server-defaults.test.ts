import { describe, expect, it } from "vitest";
import { resolveDefaults, type ServerDefaultsOptions } from "./server-defaults.ts";
import { SERVER_DEFAULTS } from "./settings.ts";

describe("the defaults of a server", () => {
  it("are the usual ones where nothing is said, within a retry policy too", () => {
    expect(resolveDefaults()).toEqual(SERVER_DEFAULTS);
    const retryPolicy = { maxAttempts: 3 };
    expect(resolveDefaults({ abortTimeoutMs: 5, retryPolicy })).toEqual({
      ...SERVER_DEFAULTS,
      abortTimeoutMs: 5,
      retryPolicy: { ...SERVER_DEFAULTS.retryPolicy, maxAttempts: 3 },
    });
  });

  it("may leave the number of attempts open", () => {
    const { retryPolicy } = resolveDefaults({ retryPolicy: { maxAttempts: undefined } });
    expect(retryPolicy.maxAttempts).toBeUndefined();
  });

  for (const [what, given, named] of [
    ["a field that there is not", { retryPolicy: { factor: 2 } }, "factor"],
    ["another such field", { retention: 2 }, "retention"],
    [
      "an interval that is no number",
      { retryPolicy: { initialIntervalMs: Number.NaN } },
      "initial",
    ],
    ["a negative time", { journalRetentionMs: -1 }, "defaults.journalRetentionMs"],
    ["no attempt at all", { retryPolicy: { maxAttempts: 0 } }, "defaults.retryPolicy.maxAttempts"],
    ["an interval that shrinks", { retryPolicy: { exponentiationFactor: 0.5 } }, "exponentiation"],
    ["a word where a number belongs", { abortTimeoutMs: "10s" }, "defaults.abortTimeoutMs"],
    ["an end that there is not", { retryPolicy: { onMaxAttempts: "drop" } }, "onMaxAttempts"],
  ] as const) {
    it(`are refused with ${what}`, () => {
      expect(() => resolveDefaults(given as ServerDefaultsOptions)).toThrow(
        new RegExp(`^the server cannot start with these defaults: .*${named}`),
      );
    });
  }
});
