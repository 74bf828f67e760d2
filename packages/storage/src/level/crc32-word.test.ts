import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32OfWord } from "./crc32-word.ts";

const word = fc.integer({ min: 0, max: 0xffff_ffff });

test("gives what zlib gives", () => {
  fc.assert(
    fc.property(word, word, (value, before) => {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, value, true);
      expect(crc32OfWord(value, before)).toBe(crc32(bytes, before));
    }),
  );
});
