import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DeterministicTarget, deterministicUuid, ulidBytes } from "./uuids.ts";

describe("deterministic uuids", () => {
  const request = { kind: "idempotentRequest", service: "S", handler: "h", idempotencyKey: "i" };
  test.each<[string, DeterministicTarget]>([
    ["wf,W,k", { kind: "workflow", name: "W", key: "k" }],
    ["wf,sc,W,k", { kind: "workflow", name: "W", key: "k", scope: "sc" }],
    ["ik,S,h,i", request as DeterministicTarget],
    ["ik,S,k,h,i", { ...request, key: "k" } as DeterministicTarget],
    ["ik,S,,h,i", { ...request, key: "" } as DeterministicTarget],
    ["ik,sc,S,ü,h,i", { ...request, key: "ü", scope: "sc" } as DeterministicTarget],
  ])("%s", (hashed, target) => {
    const expected = createHash("sha256").update(hashed).digest().subarray(0, 16);
    expect(Buffer.from(deterministicUuid(target)).equals(expected)).toBe(true);
  });
});

describe("ulids", () => {
  test("time, then randomness plus increment", () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    const increments = fc.integer({ min: 0, max: 2 ** 48 });
    const random = fc.uint8Array({ minLength: 10, maxLength: 10 });
    const property = fc.property(time, random, increments, (timeMs, ten, increment) => {
      const sum = BigInt(`0x${Buffer.from(ten).toString("hex")}`) + BigInt(increment);
      const expected = (BigInt(timeMs) << 80n) | (sum & ((1n << 80n) - 1n));
      const bytes = Buffer.from(ulidBytes(timeMs, ten, increment));
      expect(bytes.toString("hex")).toBe(expected.toString(16).padStart(32, "0"));
    });
    fc.assert(property);
  });

  test("rising increments sort, carries included", () => {
    const random = Uint8Array.from([0, 0, 0, 0, 0, 0, 255, 255, 255, 254]);
    const texts = [0, 1, 2, 3, 600].map((n) =>
      Buffer.from(ulidBytes(1e12, random, n)).toString("hex"),
    );
    expect(texts.toSorted()).toEqual(texts);
    expect(new Set(texts).size).toBe(texts.length);
  });
});
