import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { patternBytes } from "../../testing/bytes.ts";
import { crc32c, unmaskCrc32c } from "./crc32c.ts";
import { isFollowedByRecord, scanLog } from "./log-file.ts";

const blockBytes = 32_768;
const headerBytes = 7;

/** The log that LevelDB writes for these records. */
function encodeLog(records: readonly Uint8Array[]): Buffer {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const push = (part: Uint8Array) => {
    parts.push(part);
    offset += part.length;
  };
  for (const record of records) {
    for (let start = 0, isFirst = true, isLast = false; !isLast; isFirst = false) {
      const left = blockBytes - (offset % blockBytes);
      if (left < headerBytes) push(new Uint8Array(left));
      const room = blockBytes - (offset % blockBytes) - headerBytes;
      const data = record.subarray(start, start + room);
      isLast = start + data.length === record.length;
      push(encodeFragment(isFirst ? (isLast ? 1 : 2) : isLast ? 4 : 3, data));
      start += data.length;
    }
  }
  return Buffer.concat(parts);
}

function encodeFragment(type: number, data: Uint8Array): Uint8Array {
  const fragment = Buffer.alloc(headerBytes + data.length);
  fragment.writeUInt16LE(data.length, 4);
  fragment.writeUInt8(type, 6);
  fragment.set(data, headerBytes);
  const crc = crc32c(fragment, 6);
  fragment.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, 0);
  return fragment;
}

const anyData = () => true;
const size = fc.oneof(
  fc.integer({ min: 1, max: 400 }),
  fc.integer({ min: blockBytes - 20, max: blockBytes + 20 }),
  fc.constant(blockBytes - 2 * headerBytes),
  fc.constant(3 * blockBytes),
);
const records = fc
  .array(size, { minLength: 2, maxLength: 12 })
  .map((sizes) => sizes.map((length, at) => patternBytes(at + 1, length)));

describe("crc32c", () => {
  it("is the one of the standard", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from("xx123456789xx"), 2, 11)).toBe(0xe3069283);
    expect(unmaskCrc32c(0xa282ead8)).toBe(0);
  });
});

describe("a log", () => {
  it("gives its records", () => {
    const property = fc.property(records, fc.nat(70_000), (written, zeroes) => {
      const log = Buffer.concat([encodeLog(written), new Uint8Array(zeroes)]);
      const scan = scanLog(log);
      expect(scan.damage).toBeUndefined();
      expect(scan.records).toHaveLength(written.length);
      for (const [index, record] of scan.records.entries()) {
        expect(Buffer.compare(Buffer.concat(record.fragments), written[index] ?? log)).toBe(0);
      }
    });
    fc.assert(property, { numRuns: 30 });
  });

  it("cut anywhere gives the records before the cut, and nothing follows", () => {
    const property = fc.property(
      records,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (written, at) => {
        const log = encodeLog(written);
        const cut = log.subarray(0, Math.floor(log.length * at));
        const scan = scanLog(cut);
        for (const [index, record] of scan.records.entries()) {
          expect(Buffer.compare(Buffer.concat(record.fragments), written[index] ?? cut)).toBe(0);
        }
        if (scan.damage) {
          expect(scan.damage.kind).toBe("incomplete");
          expect(isFollowedByRecord(cut, scan.damage, anyData)).toBe(false);
        }
        const whole = scanLog(log).records.filter((_, index) => index < scan.records.length);
        expect(scan.records.map((record) => record.offset)).toEqual(
          whole.map((record) => record.offset),
        );
      },
    );
    fc.assert(property, { numRuns: 60 });
  });

  it("damaged anywhere before its last record is seen to go on", () => {
    const flip = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(7) });
    const property = fc.property(records, flip, fc.boolean(), (written, { at, bit }, zero) => {
      const log = encodeLog(written);
      const last = scanLog(log).records.at(-1)?.offset ?? 0;
      const offset = Math.min(last - 1, Math.floor(last * at));
      if (zero) log.fill(0, Math.max(0, offset - 4_096), offset);
      log[offset] = (log[offset] ?? 0) ^ (1 << bit);
      const { damage } = scanLog(log);
      expect(damage?.offset).toBeLessThanOrEqual(offset);
      expect(damage && isFollowedByRecord(log, damage, anyData)).toBe(true);
    });
    fc.assert(property, { numRuns: 100 });
  });

  it("damaged in its last record, however long, ends there", () => {
    const log = encodeLog([patternBytes(1, 100), patternBytes(2, 5 * blockBytes)]);
    for (const offset of [107, 110, 500, blockBytes + 3, 3 * blockBytes, log.length - 1]) {
      const copy = Buffer.from(log);
      copy[offset] = (copy[offset] ?? 0) ^ 0x10;
      const { damage, records: before } = scanLog(copy);
      expect(before).toHaveLength(1);
      expect(damage && isFollowedByRecord(copy, damage, anyData)).toBe(false);
    }
  });

  it("does not take data for a record", () => {
    const hidden = encodeLog(Array.from({ length: 900 }, () => patternBytes(3, 60)));
    const log = encodeLog([patternBytes(1, 100), Buffer.concat([hidden, new Uint8Array(90_000)])]);
    const cut = log.subarray(0, 3 * blockBytes);
    const { damage } = scanLog(cut);
    expect(damage && isFollowedByRecord(cut, damage, anyData)).toBe(false);
  });
});
