import { describe, expect, it } from "vitest";
import { decodeText, fromBase64, showPayload } from "./payload.ts";
import { formatBytes, formatShortCount, plural } from "./size.ts";
import { formatAgo, formatDuration, formatInstant, parseInstant } from "./time.ts";

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [-5, "0 ms"],
    [740, "740 ms"],
    [3000, "3 s"],
    [3290, "3.2 s"],
    [59_999, "59 s"],
    [250_000, "4m 10s"],
    [3_600_000, "1h"],
    [7_500_000, "2h 5m"],
    [273_600_000, "3d 4h"],
  ])("%d ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("are told from now", () => {
    expect(formatAgo(1000, 1500)).toBe("just now");
    expect(formatAgo(1000, 13_900)).toBe("12 s ago");
    expect(formatAgo(10_000, 5000)).toBe("in 5 s");
  });
});

it("instants have a date unless they are of today", () => {
  const now = new Date(2026, 2, 1, 18, 0, 0).getTime();
  expect(formatInstant(new Date(2026, 2, 1, 9, 5, 7, 12).getTime(), now)).toBe("09:05:07.012");
  expect(formatInstant(new Date(2026, 1, 28, 9, 5, 7).getTime(), now)).toBe("2026-02-28 09:05:07");
  expect(parseInstant("never")).toBeUndefined();
});

it("sizes and counts are short", () => {
  expect([12, 4200, 1_700_000, 999_999].map(formatBytes)).toEqual([
    "12 B",
    "4.2 kB",
    "1.7 MB",
    "1.0 MB",
  ]);
  expect([999, 9999, 12_345, 1_000_000].map(formatShortCount)).toEqual([
    "999",
    "9,999",
    "12.3k",
    "1M",
  ]);
  expect([plural(1, "key"), plural(2, "entry", "entries")]).toEqual(["1 key", "2 entries"]);
});

describe("payloads", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  it("that are JSON are indented", () => {
    expect(showPayload(bytes('{"a":[1]}'))).toEqual({
      kind: "json",
      text: '{\n  "a": [\n    1\n  ]\n}',
    });
  });

  it("that are text, empty or neither are shown as such", () => {
    expect(showPayload(bytes("hello"))).toEqual({ kind: "text", text: "hello" });
    expect(showPayload(new Uint8Array())).toEqual({ kind: "empty" });
    expect(showPayload(new Uint8Array([0, 255, 16]))).toEqual({
      kind: "binary",
      text: "000000  00 ff 10",
    });
    expect(decodeText(new Uint8Array([0xff]))).toBeUndefined();
  });

  it("come as base64", () => {
    expect(decodeText(fromBase64(btoa("abc")))).toBe("abc");
  });
});
