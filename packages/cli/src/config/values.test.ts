import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatBytes, parseBytes } from "./bytes.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { nearest } from "./nearest.ts";
import { address, attempts, choice, count, factor, flag, headers } from "./value-kinds.ts";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1h 30m", 5_400_000],
    ["1 day", 86_400_000],
    ["1d2h", 93_600_000],
    ["60 sec", 60_000],
    ["1.5s", 1500],
    ["PT60S", 60_000],
    ["P1DT2H", 93_600_000],
    ["p2w", 1_209_600_000],
    ["0", 0],
    ["0s", 0],
  ])("%s", (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each(["", "30", "s", "5 parsecs", "-1s", "1s!", "P", "PT", "P1M", "1s 2"])(
    "not %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it("are read as they were written", () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });
});

describe("headers", () => {
  it.each<[unknown, Record<string, string>]>([
    [
      { "x-a": "1", "X-B": "" },
      { "x-a": "1", "X-B": "" },
    ],
    [{}, {}],
    ["x-a=1", { "x-a": "1" }],
    [" x-a = 1=2 , x-b= ", { "x-a": "1=2", "x-b": "" }],
    ['{"x-a":"1, 2"}', { "x-a": "1, 2" }],
  ])("%j", (raw, parsed) => {
    expect(headers.parse(raw)).toEqual(parsed);
  });

  it.each([7, null, ["x-a"], { "x-a": 1 }, "x-a", "=1", "x a=1", '{"x-a":1}', "{"])(
    "not %j",
    (raw) => {
      expect(headers.parse(raw)).toBeUndefined();
    },
  );
});

describe("sizes", () => {
  it.each([
    ["32MiB", 33_554_432],
    ["512 KB", 512_000],
    ["1gib", 1_073_741_824],
    ["1.5 KiB", 1536],
    ["77", 77],
  ])("%s", (text, size) => {
    expect(parseBytes(text)).toBe(size);
  });

  it.each(["", "MiB", "1 parsec", "-1", "1.0001 b", "99999999999 gib"])("not %j", (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it("are read as they were written", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (size) => {
        expect(parseBytes(formatBytes(size))).toBe(size);
      }),
    );
  });
});

describe("other values", () => {
  it.each(["127.0.0.1:8080", "[::1]:0", "localhost:65535"])("%s is an address", (text) => {
    expect(address.parse(text)).toBe(text);
  });

  it.each(["", "8080", ":8080", "a:b", "host:70000", "http://x:1", "::1:80", 8080])(
    "%j is no address",
    (raw) => {
      expect(address.parse(raw)).toBeUndefined();
    },
  );

  it("takes numbers and words as text too", () => {
    expect(count(5, 7).parse("6")).toBe(6);
    expect(count(5, 7).parse(8)).toBeUndefined();
    expect(count(0).parse(1.5)).toBeUndefined();
    expect(count(0).parse("")).toBeUndefined();
    expect(factor(1).parse("2.5")).toBe(2.5);
    expect(factor(1).parse(0.5)).toBeUndefined();
    expect(attempts.parse("unlimited")).toBe("unlimited");
    expect(attempts.parse(0)).toBeUndefined();
    expect(flag.parse("1")).toBe(true);
    expect(flag.parse(false)).toBe(false);
    expect(flag.parse("yes")).toBeUndefined();
    expect(choice("a", "b").parse("B")).toBe("b");
  });
});

describe("guesses", () => {
  it("are near, or none", () => {
    const words = ["data-dir", "log-level", "admin-address"];
    expect(nearest("datadir", words)).toBe("data-dir");
    expect(nearest("loglevl", words)).toBe("log-level");
    expect(nearest("zzzzzz", words)).toBeUndefined();
  });
});
