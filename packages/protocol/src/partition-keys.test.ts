import { describe, expect, test } from "vitest";
import type { Uint64 } from "./messages.ts";
import {
  partitionKeyOfIdempotentRequest,
  partitionKeyOfKey,
  partitionKeyOfScope,
  partitionKeyOfServiceBucket,
  partitionOf,
} from "./partition-keys.ts";
import { createRandom } from "./testing/random.ts";
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
  test("are equal shares of the key space", () => {
    const random = createRandom(2);
    for (let run = 0; run < 500; run++) {
      const [high, low, partitions] = [random(2 ** 32), random(2 ** 32), 1 + random(65535)];
      const key = (BigInt(high) << 32n) | BigInt(low);
      const expected = (key * BigInt(partitions)) >> 64n;
      expect(partitionOf({ high, low }, partitions)).toBe(Number(expected));
    }
  });

  test.each([1, 2, 3, 24, 65535])("of %i: the first and the last key", (count) => {
    expect(partitionOf({ high: 0, low: 0 }, count)).toBe(0);
    expect(partitionOf({ high: 0xffff_ffff, low: 0xffff_ffff }, count)).toBe(count - 1);
  });
});

function hex({ high, low }: Uint64): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
