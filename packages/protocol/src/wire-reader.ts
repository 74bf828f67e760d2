/**
 * Reads protobuf fields of one message body. Every fault is a {@link ProtocolError} that names the
 * message and the field being read; nothing is allocated from a length that the input does not have.
 */
import { MESSAGE_ELEMENTS_MAX } from "./limits.ts";
import type { MessageKind, Uint64 } from "./messages.ts";
import { ProtocolError, type ProtocolErrorCode } from "./protocol-error.ts";
import { type FieldSchema, MESSAGE_SCHEMAS, NESTED_SCHEMAS, type NestedName } from "./schema.ts";
import { decodeUtf8 } from "./text-codec.ts";

/** The one empty byte string, so that empty fields cost nothing. */
export const EMPTY_BYTES: Uint8Array = new Uint8Array(0);

/** Up to this length a loop beats the platform's decoder. */
const SHORT_TEXT_BYTES = 16;

const WIRE_TYPE_NAMES = ["varint", "64-bit", "length-delimited", "group", "group", "32-bit"];

/** The type being read: a message, or a type nested in it. */
export type Scope = MessageKind | NestedName;

export class Reader {
  readonly #bytes: Uint8Array;
  /** Counts repeated elements over the whole message. */
  #elements = 0;
  #tag = 0;
  #high = 0;
  #scope: Scope;
  #pos = 0;
  #end: number;

  constructor(bytes: Uint8Array, scope: MessageKind) {
    this.#bytes = bytes;
    this.#scope = scope;
    this.#end = bytes.length;
  }

  /** Whether fields are left in the message, or in the nested message that was entered. */
  get more(): boolean {
    return this.#pos < this.#end;
  }

  /** The next field's tag: its number times 8 plus its wire type. */
  tag(): number {
    const first = this.#bytes[this.#pos] as number;
    if (first < 0x80 && first > 7) {
      this.#pos++;
      this.#tag = first;
      return first;
    }
    this.#tag = 0;
    const tag = this.#varint32();
    if (tag < 8) throw this.error("INVALID_TAG", "field number 0");
    this.#tag = tag;
    return tag;
  }

  u32(): number {
    return this.#varint32();
  }

  /** A 64-bit number that must not exceed 2^53 - 1. */
  u64(): number {
    const low = this.#varint();
    const high = this.#high;
    if (high > 0x1f_ffff) throw this.error("NUMBER_OUT_OF_RANGE", "exceeds 2^53 - 1");
    return high * 0x1_0000_0000 + low;
  }

  /** A 64-bit number in full. */
  splitU64(): Uint64 {
    const low = this.#varint();
    return { high: this.#high, low };
  }

  bool(): boolean {
    return this.#varint() !== 0 || this.#high !== 0;
  }

  /** An enum's number; a number above `max` reads as 0, as protobuf's open enums do. */
  enumeration(max: number): number {
    const value = this.#varint();
    return this.#high === 0 && value <= max ? value : 0;
  }

  string(): string {
    const length = this.#length();
    if (length === 0) return "";
    const bytes = this.#bytes;
    const start = this.#pos;
    const end = start + length;
    this.#pos = end;
    if (length <= SHORT_TEXT_BYTES) {
      const text = shortAscii(bytes, start, end);
      if (text !== undefined) return text;
    }
    try {
      return decodeUtf8(bytes.subarray(start, end));
    } catch (cause) {
      throw this.error("INVALID_UTF8", "is not valid UTF-8", cause);
    }
  }

  /** A view of the input, not a copy. */
  bytes(): Uint8Array {
    const length = this.#length();
    if (length === 0) return EMPTY_BYTES;
    const start = this.#pos;
    this.#pos = start + length;
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** Appends one element, or a packed run of them, depending on the wire type just read. */
  repeatedU32(into: number[] | undefined): number[] {
    const list = into ?? [];
    if ((this.#tag & 7) === 0) {
      this.element();
      list.push(this.#varint32());
      return list;
    }
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#pos + length;
    while (this.#pos < this.#end) {
      this.element();
      list.push(this.#varint32());
    }
    this.#end = outer;
    return list;
  }

  /** Counts a repeated element; too many in one message are refused. */
  element(): void {
    if (++this.#elements > MESSAGE_ELEMENTS_MAX) {
      throw this.error("TOO_MANY_ELEMENTS", `repeats more than ${MESSAGE_ELEMENTS_MAX} elements`);
    }
  }

  /** Reads the nested message that starts here with `read`, which must consume all of it. */
  nested<T>(scope: NestedName, read: (reader: Reader) => T): T {
    const length = this.#length();
    const outerEnd = this.#end;
    const outerScope = this.#scope;
    this.#end = this.#pos + length;
    this.#scope = scope;
    const value = read(this);
    this.#end = outerEnd;
    this.#scope = outerScope;
    return value;
  }

  /** Handles a tag that the caller does not know: skips the field, or refuses its wire type. */
  skip(): void {
    const wireType = this.#tag & 7;
    const known = fieldsOf(this.#scope).find((field) => field.number === this.#tag >>> 3);
    if (known !== undefined && !acceptsWireType(known, wireType)) {
      const name = WIRE_TYPE_NAMES[wireType] ?? `number ${wireType}`;
      throw this.error("WRONG_WIRE_TYPE", `has wire type ${name}`);
    }
    if (wireType === 0) this.#varint();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 2) this.#advance(this.#length());
    else if (wireType === 5) this.#advance(4);
    else throw this.error("INVALID_TAG", `has wire type ${wireType}`);
  }

  /** An error about the field being read. */
  error(code: ProtocolErrorCode, problem: string, cause?: unknown): ProtocolError {
    const number = this.#tag >>> 3;
    const field = fieldsOf(this.#scope).find((candidate) => candidate.number === number);
    const where = number === 0 ? "" : ` field ${field?.name ?? number}`;
    const message = `malformed ${scopeName(this.#scope)}:${where} ${problem}`;
    return new ProtocolError(code, message, cause === undefined ? undefined : { cause });
  }

  /** An error about a field that the message ought to have. */
  missing(name: string): ProtocolError {
    return new ProtocolError(
      "MISSING_FIELD",
      `malformed ${scopeName(this.#scope)}: ${name} is missing`,
    );
  }

  #length(): number {
    const length = this.#varint32();
    if (length > this.#end - this.#pos) {
      throw this.error(
        "INVALID_LENGTH",
        `claims ${length} bytes, ${this.#end - this.#pos} are left`,
      );
    }
    return length;
  }

  #advance(count: number): void {
    if (count > this.#end - this.#pos) throw this.error("TRUNCATED", "ends early");
    this.#pos += count;
  }

  #varint32(): number {
    if (this.#pos < this.#end) {
      const first = this.#bytes[this.#pos] as number;
      if (first < 0x80) {
        this.#pos++;
        return first;
      }
    }
    const low = this.#varint();
    if (this.#high !== 0) throw this.error("NUMBER_OUT_OF_RANGE", "exceeds 2^32 - 1");
    return low;
  }

  /** Returns the lower 32 bits and leaves the upper ones in `#high`. */
  #varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#pos >= this.#end) throw this.error("TRUNCATED", "ends inside a varint");
      const byte = this.#bytes[this.#pos++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift === 63 && bits > 1) break;
      else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.#high = high >>> 0;
        return low >>> 0;
      }
    }
    throw this.error("INVALID_VARINT", "holds a varint of more than 64 bits");
  }
}

/** The text of ASCII bytes, undefined when one is not ASCII. */
function shortAscii(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    if ((a | b | c | d) > 0x7f) return undefined;
    text += String.fromCharCode(a, b, c, d);
  }
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function isNested(scope: Scope): scope is NestedName {
  return scope in NESTED_SCHEMAS;
}

function fieldsOf(scope: Scope): readonly FieldSchema[] {
  return isNested(scope) ? NESTED_SCHEMAS[scope] : MESSAGE_SCHEMAS[scope].fields;
}

function scopeName(scope: Scope): string {
  return isNested(scope) ? scope : MESSAGE_SCHEMAS[scope].name;
}

/** Numbers are varints, the rest has a length; repeated numbers may be packed or not. */
function acceptsWireType(field: FieldSchema, wireType: number): boolean {
  const isNumber = ["u32", "u64", "bool", "enum"].includes(field.type);
  if (!isNumber) return wireType === 2;
  return wireType === 0 || (wireType === 2 && field.presence === "repeated");
}
