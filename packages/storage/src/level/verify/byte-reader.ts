/** Reads the variable-length numbers of LevelDB; what runs past the end throws a `RangeError`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#end = end;
  }

  get done(): boolean {
    return this.#offset >= this.#end;
  }

  /** A varint; exact up to 2^53. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes(1)[0] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  bytes(length: number): Uint8Array {
    const start = this.#offset;
    if (start + length > this.#end) throw new RangeError("read past the end");
    this.#offset = start + length;
    return this.#bytes.subarray(start, start + length);
  }

  /** Bytes with their length before them. */
  slice(): Uint8Array {
    return this.bytes(this.varint());
  }
}
