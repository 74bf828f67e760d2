import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Uint64 } from "./messages.ts";
import {
  partitionKeyOfIdempotentRequest,
  partitionKeyOfKey,
  partitionKeyOfScope,
  partitionKeyOfServiceBucket,
  partitionOf,
} from "./partition-keys.ts";
import { xxh3 } from "./xxh3.ts";

describe("partition keys", () => {
  test("published vectors", () => {
    expect(hex(partitionKeyOfKey("a/b"))).toBe("c0d73613a816bf0f");
    expect(hex(partitionKeyOfScope("sc1"))).toBe("f613627a7bfd6745");
  });

  test("what is hashed", () => {
    const bytes = (...parts: (string | number[])[]) =>
      new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
    const bucketed = bytes("Sü", [255], "unscoped/service", [255], [0xff, 1, 0, 0, 0, 0, 0, 0]);
    expect(partitionKeyOfServiceBucket("Sü", 511)).toEqual(xxh3(bucketed));
    expect(partitionKeyOfKey("")).toEqual(xxh3(Uint8Array.of(255)));
    const bucket = xxh3(bytes("idem", [255])).low % 512;
    expect(partitionKeyOfIdempotentRequest("S", "idem")).toEqual(
      partitionKeyOfServiceBucket("S", bucket),
    );
  });
});

describe("partitions", () => {
  const half = fc.integer({ min: 0, max: 0xffff_ffff });

  test("are equal shares of the key space", () => {
    const count = fc.integer({ min: 1, max: 65535 });
    const property = fc.property(half, half, count, (high, low, partitions) => {
      const key = (BigInt(high) << 32n) | BigInt(low);
      const expected = (key * BigInt(partitions)) >> 64n;
      expect(partitionOf({ high, low }, partitions)).toBe(Number(expected));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test.each([1, 2, 3, 24, 65535])("of %i: the first and the last key", (count) => {
    expect(partitionOf({ high: 0, low: 0 }, count)).toBe(0);
    expect(partitionOf({ high: 0xffff_ffff, low: 0xffff_ffff }, count)).toBe(count - 1);
  });
});

function hex({ high, low }: Uint64): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
