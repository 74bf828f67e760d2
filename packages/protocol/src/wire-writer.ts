/**
 * Writes protobuf fields from the end of a buffer towards its start.
 *
 * Backwards, the length of a nested message is known when its prefix is due, so one pass suffices:
 * callers write the highest field first and the last element first. Messages fill slabs from the
 * back, and {@link Writer.take} hands out views of them, since memory of its own costs a small
 * message several times what writing it does. Tiny messages are copied out, for those the runtime
 * keeps on its heap; large ones get memory of their own, so that none pins much more than itself.
 */
import { ProtocolError } from "./protocol-error.ts";
import { encodeUtf8 } from "./text-codec.ts";

/** Bytes of a slab. */
const SLAB_BYTES = 16 * 1024;
/** Messages from this length on do not go into slabs. */
const LARGE_MESSAGE_BYTES = SLAB_BYTES / 4;
/** Typed arrays up to this length are cheap to allocate. */
const TINY_MESSAGE_BYTES = 64;
/** A tag and a length or number: 2 + 10 bytes, rounded up. */
const FIELD_OVERHEAD_BYTES = 16;
/** From this length on the platform's encoder beats the loop below. */
const LONG_TEXT_CHARS = 512;
/** Up to this length a loop beats `TypedArray.set`. */
const SHORT_COPY_BYTES = 32;

/** Not reentrant: one message or one run of frames at a time. */
export class Writer {
  #slab = new Uint8Array(SLAB_BYTES);
  /** The slab, or a larger buffer while the message at hand does not fit one. */
  #bytes = this.#slab;
  /** The end of the message at hand; what follows in a slab belongs to earlier ones. */
  #end = SLAB_BYTES;
  /** The index of the first byte written; it falls. */
  #pos = SLAB_BYTES;

  /** Forgets what was written since the last {@link take}. */
  reset(): void {
    if (this.#bytes !== this.#slab) {
      this.#bytes = this.#slab = new Uint8Array(SLAB_BYTES);
      this.#end = SLAB_BYTES;
    }
    this.#pos = this.#end;
  }

  /** How many bytes are written so far. */
  get length(): number {
    return this.#end - this.#pos;
  }

  /** The bytes written. They may be a view of a larger buffer, but nobody else writes them. */
  take(): Uint8Array {
    const bytes = this.#bytes;
    const pos = this.#pos;
    const length = this.#end - pos;
    const inSlab = bytes === this.#slab;
    // A larger buffer is given away unless much of it is unused.
    if (!inSlab && pos * 8 < bytes.length) {
      this.reset();
      return bytes.subarray(pos);
    }
    if (!inSlab || length <= TINY_MESSAGE_BYTES || length >= LARGE_MESSAGE_BYTES) {
      const copy = bytes.slice(pos, this.#end);
      this.reset();
      return copy;
    }
    this.#end = pos;
    return new Uint8Array(bytes.buffer, pos, length);
  }

  /** A number field that is left out when 0. */
  u32(tag: number, value: number): void {
    if (value !== 0) this.presentU32(tag, value);
  }

  /** A number field that is written even when 0. */
  presentU32(tag: number, value: number): void {
    this.#reserve(FIELD_OVERHEAD_BYTES);
    this.#varint32(value);
    this.#tag(tag);
  }

  /** An element of a packed field. */
  packedU32(value: number): void {
    this.#reserve(FIELD_OVERHEAD_BYTES);
    this.#varint32(value);
  }

  /** A 64-bit field, left out when 0, whose value is an integer up to 2^53 - 1. */
  u64(tag: number, value: number): void {
    if (value !== 0) this.presentU64(tag, value);
  }

  /** As {@link u64}, written even when 0. */
  presentU64(tag: number, value: number): void {
    if (!(Number.isSafeInteger(value) && value >= 0)) outOfRange(value);
    this.splitU64(tag, Math.floor(value / 0x1_0000_0000), value >>> 0);
  }

  /** A 64-bit field from its halves, always written. */
  splitU64(tag: number, high: number, low: number): void {
    this.#reserve(FIELD_OVERHEAD_BYTES);
    let restHigh = high >>> 0;
    let restLow = low >>> 0;
    let count = 1;
    for (let h = restHigh, l = restLow; h !== 0 || l > 0x7f; count++) {
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    this.#pos -= count;
    let at = this.#pos;
    for (; count > 1; count--) {
      this.#bytes[at++] = (restLow & 0x7f) | 0x80;
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
    this.#bytes[at] = restLow;
    this.#tag(tag);
  }

  /** A flag, left out when false. */
  bool(tag: number, value: boolean): void {
    if (value) this.presentU32(tag, 1);
  }

  /** A text field that is left out when empty. */
  string(tag: number, text: string): void {
    if (text !== "") this.presentString(tag, text);
  }

  /** A text field that is left out when undefined. */
  optionalString(tag: number, text: string | undefined): void {
    if (text !== undefined) this.presentString(tag, text);
  }

  /** A text field that is written even when empty. */
  presentString(tag: number, text: string): void {
    if (text.length >= LONG_TEXT_CHARS) {
      this.presentBytes(tag, encodeUtf8(text));
      return;
    }
    this.#reserve(text.length * 3 + FIELD_OVERHEAD_BYTES);
    const bytes = this.#bytes;
    const end = this.#pos;
    let pos = end;
    for (let i = text.length - 1; i >= 0; i--) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        pos = writeUtf8Backwards(bytes, pos, text, i);
        break;
      }
      bytes[--pos] = unit;
    }
    this.#pos = pos;
    this.#varint32(end - pos);
    this.#tag(tag);
  }

  /** A bytes field that is left out when empty. */
  bytes(tag: number, value: Uint8Array): void {
    if (value.length !== 0) this.presentBytes(tag, value);
  }

  /** A bytes field that is written even when empty. */
  presentBytes(tag: number, value: Uint8Array): void {
    const { length } = value;
    this.#reserve(length + FIELD_OVERHEAD_BYTES);
    const bytes = this.#bytes;
    const pos = this.#pos - length;
    if (length <= SHORT_COPY_BYTES) {
      for (let i = 0; i < length; i++) bytes[pos + i] = value[i] as number;
    } else {
      bytes.set(value, pos);
    }
    this.#pos = pos;
    this.#varint32(length);
    this.#tag(tag);
  }

  /** The prefix of a nested message or packed field: all that was written since {@link length} was `start`. */
  close(tag: number, start: number): void {
    this.#reserve(FIELD_OVERHEAD_BYTES);
    this.#varint32(this.length - start);
    this.#tag(tag);
  }

  /** The header of a frame whose body is what was written since {@link length} was `start`. */
  frameHeader(code: number, flags: number, start: number): void {
    const length = this.length - start;
    this.#reserve(FIELD_OVERHEAD_BYTES);
    const bytes = this.#bytes;
    const pos = this.#pos - 8;
    bytes[pos] = code >>> 8;
    bytes[pos + 1] = code;
    bytes[pos + 2] = flags >>> 8;
    bytes[pos + 3] = flags;
    bytes[pos + 4] = length >>> 24;
    bytes[pos + 5] = length >>> 16;
    bytes[pos + 6] = length >>> 8;
    bytes[pos + 7] = length;
    this.#pos = pos;
  }

  /** Tags take one or two bytes: no field number here exceeds 2047. */
  #tag(tag: number): void {
    if (tag < 0x80) {
      this.#bytes[--this.#pos] = tag;
    } else {
      this.#bytes[--this.#pos] = tag >>> 7;
      this.#bytes[--this.#pos] = (tag & 0x7f) | 0x80;
    }
  }

  #varint32(value: number): void {
    if (value >>> 0 !== value) outOfRange(value);
    const bytes = this.#bytes;
    if (value < 0x80) {
      bytes[--this.#pos] = value;
      return;
    }
    const count = value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
    this.#pos -= count;
    let at = this.#pos;
    let rest = value;
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at] = rest;
  }

  #reserve(count: number): void {
    if (this.#pos < count) this.#grow(count);
  }

  #grow(count: number): void {
    const used = this.length;
    const needed = used + count;
    const isLarge = needed > SLAB_BYTES;
    const size = isLarge ? Math.max(this.#bytes.length * 2, needed) : SLAB_BYTES;
    const grown = new Uint8Array(size);
    grown.set(this.#bytes.subarray(this.#pos, this.#end), size - used);
    if (!isLarge) this.#slab = grown;
    this.#bytes = grown;
    this.#end = size;
    this.#pos = size - used;
  }
}

/** Writes `text` up to and including index `last` so that it ends before `end`; returns its start. */
function writeUtf8Backwards(bytes: Uint8Array, end: number, text: string, last: number): number {
  let pos = end;
  for (let i = last; i >= 0; i--) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      bytes[--pos] = point;
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      const before = i > 0 ? text.charCodeAt(i - 1) : 0;
      if (point >= 0xdc00 && before >= 0xd800 && before <= 0xdbff) {
        point = 0x1_0000 + ((before - 0xd800) << 10) + (point - 0xdc00);
        i--;
      } else {
        point = 0xfffd;
      }
    }
    bytes[--pos] = 0x80 | (point & 0x3f);
    if (point < 0x800) {
      bytes[--pos] = 0xc0 | (point >>> 6);
      continue;
    }
    bytes[--pos] = 0x80 | ((point >>> 6) & 0x3f);
    if (point < 0x1_0000) {
      bytes[--pos] = 0xe0 | (point >>> 12);
      continue;
    }
    bytes[--pos] = 0x80 | ((point >>> 12) & 0x3f);
    bytes[--pos] = 0xf0 | (point >>> 18);
  }
  return pos;
}

function outOfRange(value: number): never {
  throw new ProtocolError("NUMBER_OUT_OF_RANGE", `cannot encode ${value} as an unsigned integer`);
}
