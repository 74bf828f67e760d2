/**
 * The log format of LevelDB, used by its write-ahead log and by its manifest: blocks of 32 KiB that
 * hold physical records, none of which crosses a block. Fewer than 7 bytes at the end of a block
 * are zeroes.
 *
 * | offset | bytes | field |
 * |--:|--:|---|
 * | 0 | 4 | CRC-32C of type and data, masked, little-endian |
 * | 4 | 2 | length of the data, little-endian |
 * | 6 | 1 | type: 1 full, 2 first, 3 middle, 4 last fragment of a record |
 * | 7 | length | data |
 *
 * Records are written one after another, and a commit is acknowledged only after its record is on
 * disk. So damage that no later record follows is the torn tail of a crash; any other is corruption.
 */
import { crc32c, unmaskCrc32c } from "./crc32c.ts";

const blockBytes = 32_768;
const headerBytes = 7;
const types = { full: 1, first: 2, middle: 3, last: 4 } as const;

/** A whole record. */
export interface LogRecord {
  readonly offset: number;
  readonly fragments: readonly Uint8Array[];
}

/** Where a log stops being readable. */
export interface LogDamage {
  readonly offset: number;
  /** `incomplete` if the file just ends too early. */
  readonly kind: "incomplete" | "damaged";
  /** From where on a record may follow all the same. */
  readonly searchFrom: number;
}

/** A log up to its end or its first damage. */
export interface LogScan {
  readonly records: readonly LogRecord[];
  readonly damage?: LogDamage;
}

/** Reads the records of a log. Zeroes to the end of the file are unused space. */
export function scanLog(bytes: Uint8Array): LogScan {
  const records: LogRecord[] = [];
  let open: { offset: number; fragments: Uint8Array[] } | undefined;
  const stop = (offset: number, kind: LogDamage["kind"], searchFrom: number) => {
    return { records, damage: { offset, kind, searchFrom } };
  };
  for (let offset = 0; offset < bytes.length; ) {
    const trailer = trailerBytes(offset);
    if (trailer > 0) {
      if (!isZero(bytes, offset, offset + trailer))
        return stop(offset, "damaged", offset + trailer);
      offset += trailer;
      continue;
    }
    const read = readFragment(bytes, offset);
    if (read.kind === "unused") break;
    if (read.kind !== "fragment") return stop(offset, read.kind, offset + 1);
    if (isStart(read) === (open !== undefined)) {
      return stop(open?.offset ?? offset, "damaged", offset);
    }
    open ??= { offset, fragments: [] };
    open.fragments.push(read.data);
    if (read.type === types.full || read.type === types.last) {
      records.push(open);
      open = undefined;
    }
    offset += headerBytes + read.data.length;
  }
  return open ? stop(open.offset, "incomplete", bytes.length) : { records };
}

/**
 * Whether a valid record whose first data `accept` takes follows the damage. In a block with damage
 * every offset is tried: the length that leads to the next record may be what is damaged. Other
 * blocks are read in order, so that data that looks like a record is not taken for one.
 */
export function isFollowedByRecord(
  bytes: Uint8Array,
  damage: LogDamage,
  accept: (data: Uint8Array) => boolean,
): boolean {
  let offset = damage.searchFrom;
  let aligned = false;
  while (offset < bytes.length) {
    const trailer = trailerBytes(offset);
    const read = trailer > 0 ? undefined : readFragment(bytes, offset);
    const fragment = read?.kind === "fragment" ? read : undefined;
    if (fragment && isStart(fragment) && isPlausible(fragment, offset) && accept(fragment.data)) {
      return true;
    }
    if (trailer > 0) offset += trailer;
    else if (aligned && fragment) offset += headerBytes + fragment.data.length;
    else offset += 1;
    // A block is read in order until something in it cannot be read.
    aligned = offset % blockBytes === 0 || (aligned && fragment !== undefined);
  }
  return false;
}

interface Fragment {
  readonly kind: "fragment";
  readonly type: number;
  readonly data: Uint8Array;
}

type Read = Fragment | { readonly kind: "unused" | LogDamage["kind"] };

function isStart({ type }: Fragment): boolean {
  return type === types.full || type === types.first;
}

/** A first fragment fills its block. */
function isPlausible({ type, data }: Fragment, offset: number): boolean {
  return type === types.full || (offset + headerBytes + data.length) % blockBytes === 0;
}

function readFragment(bytes: Uint8Array, offset: number): Read {
  if (offset + headerBytes > bytes.length) {
    return { kind: isZero(bytes, offset, bytes.length) ? "unused" : "incomplete" };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, headerBytes);
  const length = view.getUint16(4, true);
  const type = view.getUint8(6);
  const end = offset + headerBytes + length;
  if (type < types.full || type > types.last) {
    const unused = type === 0 && length === 0 && isZero(bytes, offset, bytes.length);
    return { kind: unused ? "unused" : "damaged" };
  }
  if (length > blockBytes - headerBytes - (offset % blockBytes)) return { kind: "damaged" };
  if (end > bytes.length) return { kind: "incomplete" };
  const wanted = unmaskCrc32c(view.getUint32(0, true));
  if (crc32c(bytes, offset + 6, end) !== wanted) return { kind: "damaged" };
  return { kind: "fragment", type, data: bytes.subarray(offset + headerBytes, end) };
}

/** How many bytes of padding are left in the block at `offset`, 0 if a record fits. */
function trailerBytes(offset: number): number {
  const left = blockBytes - (offset % blockBytes);
  return left < headerBytes ? left : 0;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < Math.min(end, bytes.length); at++) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}
