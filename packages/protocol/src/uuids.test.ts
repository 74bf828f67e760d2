import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createRandom, randomBytes } from "./testing/random.ts";
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
    const random = createRandom(1);
    for (let run = 0; run < 300; run++) {
      const timeMs = random(2 ** 48);
      const ten = run % 10 === 0 ? new Uint8Array(10).fill(255) : randomBytes(random, 10);
      const increment = random(2 ** (run % 49));
      const sum = BigInt(`0x${Buffer.from(ten).toString("hex")}`) + BigInt(increment);
      const expected = (BigInt(timeMs) << 80n) | (sum & ((1n << 80n) - 1n));
      const bytes = Buffer.from(ulidBytes(timeMs, ten, increment));
      expect(bytes.toString("hex")).toBe(expected.toString(16).padStart(32, "0"));
    }
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
