import { expect, it } from "vitest";
import { checksumOf, openSealed, sealScope } from "./seal.ts";

const key = Uint8Array.of(1, 2);
const value = Uint8Array.of(9, 9, 9);

function seal(scope: ReturnType<typeof sealScope>, at: Uint8Array, bytes: Uint8Array): Uint8Array {
  const sealed = Buffer.alloc(bytes.length + 4);
  sealed.set(bytes);
  sealed.writeUInt32LE(checksumOf(scope, at, bytes), bytes.length);
  return new Uint8Array(sealed);
}

it("gives back what was sealed", () => {
  const scope = sealScope("rows", 3);
  const none = new Uint8Array(0);
  for (const [at, bytes] of [
    [key, value],
    [key, none],
    [none, value],
    [none, none],
  ] as const) {
    expect(openSealed(scope, at, seal(scope, at, bytes), "x")).toEqual(bytes);
  }
});

it("is stable", () => {
  expect(checksumOf(sealScope("rows", 3), key, value)).toMatchInlineSnapshot(`1030087283`);
  expect(checksumOf(sealScope("mailbox", 258), key, value)).toMatchInlineSnapshot(`4124383717`);
  expect(checksumOf(sealScope("metadata", 0), key, value)).toMatchInlineSnapshot(`19245169`);
});

it("refuses every changed bit, and a value in another place", () => {
  const scope = sealScope("rows", 3);
  const sealed = seal(scope, key, value);
  const refused = expect.objectContaining({
    code: "DATA_CORRUPTION",
    message:
      "the value of key 0102 in schema s does not match its checksum: restore the database from a backup",
  });
  const open = (at: typeof scope, of: Uint8Array, stored: Uint8Array) => {
    return () => openSealed(at, of, stored, "schema s");
  };
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(open(scope, key, changed)).toThrow(refused);
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(open(scope, key, sealed.slice(0, length))).toThrow(refused);
  }
  expect(open(sealScope("rows", 4), key, sealed)).toThrow(refused);
  expect(open(sealScope("mailbox", 3), key, sealed)).toThrow(refused);
  expect(open(scope, Uint8Array.of(1, 3), sealed)).toThrow("does not match its checksum");
});
