/**
 * Writing and reading the engine's rows.
 *
 * Numbers are big-endian where their place is fixed, LEB128 where it is not; strings are a length
 * and UTF-8. One writer is used over and over. What it writes fills slabs, and `take` hands out views
 * of them: memory of its own costs a row of 150 bytes more than writing it does. Rows are taken to be
 * stored, soon; who keeps one for long copies it.
 */
import { InvariantError } from "../invariant.ts";
import { StoreError } from "../ports/store.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8");
const TWO_32 = 0x1_0000_0000;

const SLAB_BYTES = 16 * 1024;

export class ByteWriter {
  private bytes: Uint8Array;
  private view: DataView;
  /** Where what is being written begins; what is before has been taken. */
  private start = 0;
  private length = 0;

  constructor(capacity = SLAB_BYTES) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Forgets what was written and not taken: whoever wrote it has failed. */
  begin(): void {
    this.length = this.start;
  }

  /** What was written, which nobody else writes to; the writer is empty afterwards. */
  take(): Uint8Array {
    const { start, length } = this;
    this.start = length;
    return new Uint8Array(this.bytes.buffer, start, length - start);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.view.setUint16(this.length, value);
    this.length += 2;
  }

  u32(value: number): void {
    this.reserve(4);
    this.view.setUint32(this.length, value);
    this.length += 4;
  }

  /** An integer below 2^53 in eight bytes. */
  u64(value: number): void {
    this.reserve(8);
    this.view.setUint32(this.length, Math.floor(value / TWO_32));
    this.view.setUint32(this.length + 4, value >>> 0);
    this.length += 8;
  }

  /** An integer below 2^53, seven bits a byte. Throws an `InvariantError` for any other number. */
  varint(value: number): void {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
      throw new InvariantError(`a row cannot hold the number ${value}`);
    }
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A length and the bytes. */
  blob(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** A latin1 string of known length, a byte each. */
  binary(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  string(text: string): void {
    const { length } = text;
    if (length < 128) {
      this.reserve(length + 1);
      const start = this.length + 1;
      let i = 0;
      for (; i < length; i++) {
        const code = text.charCodeAt(i);
        if (code >= 0x80) break;
        this.bytes[start + i] = code;
      }
      if (i === length) {
        this.bytes[this.length] = length;
        this.length = start + length;
        return;
      }
    }
    this.blob(encoder.encode(text));
  }

  optionalString(text: string | undefined): void {
    this.u8(text === undefined ? 0 : 1);
    if (text !== undefined) this.string(text);
  }

  private reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const written = this.length - this.start;
    const next = new Uint8Array(Math.max(SLAB_BYTES, (written + size) * 2));
    next.set(this.bytes.subarray(this.start, this.length));
    this.bytes = next;
    this.view = new DataView(next.buffer);
    this.start = 0;
    this.length = written;
  }
}

/** Reads what {@link ByteWriter} wrote. Running out of bytes is corruption. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly what: string;
  private offset = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes;
    this.what = what;
  }

  get atEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  u8(): number {
    const value = this.bytes[this.offset];
    if (value === undefined) throw this.corrupt();
    this.offset += 1;
    return value;
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  u64(): number {
    return this.u32() * TWO_32 + this.u32();
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw this.corrupt();
  }

  raw(length: number): Uint8Array {
    const end = this.offset + length;
    if (end > this.bytes.length) throw this.corrupt();
    const result = this.bytes.subarray(this.offset, end);
    this.offset = end;
    return result;
  }

  blob(): Uint8Array {
    return this.raw(this.varint());
  }

  binary(length: number): string {
    return binaryString(this.raw(length));
  }

  string(): string {
    const bytes = this.blob();
    if (bytes.length < 64) {
      let text = "";
      for (const byte of bytes) {
        if (byte >= 0x80) return decoder.decode(bytes);
        text += String.fromCharCode(byte);
      }
      return text;
    }
    return decoder.decode(bytes);
  }

  optionalString(): string | undefined {
    return this.u8() === 0 ? undefined : this.string();
  }

  private corrupt(): StoreError {
    return new StoreError("DATA_CORRUPTION", `a stored ${this.what} ends in its middle`);
  }
}

/** Bytes as a string of the same length, a character each. */
export function binaryString(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The reverse of {@link binaryString}. */
export function binaryBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
