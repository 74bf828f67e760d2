/**
 * Splits a byte stream into frames.
 *
 * ```text
 * byte  0 1   2 3   4 5 6 7   8 …
 *       type  flags length    body        big-endian
 * ```
 *
 * A frame that lies within one chunk is a view of it. Otherwise its bytes are gathered in a buffer
 * that grows with what arrives: a length that a peer claims allocates nothing by itself.
 */
import { FRAME_BYTES_LIMIT, FRAME_HEADER_BYTES } from "./limits.ts";
import { messageKind } from "./message-kinds.ts";
import { ProtocolError } from "./protocol-error.ts";
import { EMPTY_BYTES } from "./wire-reader.ts";

/** A message before it is decoded. */
export interface Frame {
  /** The message type, one that this package knows. */
  readonly code: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** See {@link FrameParser}. */
export interface FrameParserOptions {
  /** The first body length that is refused; by default 32 MiB and 256 KiB. */
  readonly maxFrameBytes?: number;
}

/** Capacity of a gathering buffer when its first bytes arrive. */
const GATHER_BYTES_MIN = 1024;

/** The 8 bytes before a body of `bodyLength` bytes. */
export function frameHeader(code: number, flags: number, bodyLength: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint16(0, code);
  view.setUint16(2, flags);
  view.setUint32(4, bodyLength);
  return header;
}

/**
 * Takes a stream in chunks of any size. After an error nothing more can be pushed: the frames before
 * the fault are still returned, and the fault is thrown by the call after that.
 */
export class FrameParser {
  readonly #maxFrameBytes: number;
  /** The bytes of a header that has not arrived in full. */
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerLength = 0;
  /** What has arrived of a body, while `#bodyLength` says how long it will be. */
  #gathered: Uint8Array = EMPTY_BYTES;
  #gatheredLength = 0;
  #code = 0;
  #flags = 0;
  /** The body's length once the header is complete, -1 before. */
  #bodyLength = -1;
  #fault: ProtocolError | undefined;

  constructor(options: FrameParserOptions = {}) {
    this.#maxFrameBytes = options.maxFrameBytes ?? FRAME_BYTES_LIMIT;
  }

  /** The frames that `chunk` completes. `chunk` must not be changed afterwards. */
  push(chunk: Uint8Array): Frame[] {
    if (this.#fault !== undefined) throw this.#fault;
    const frames: Frame[] = [];
    try {
      let at = 0;
      while (at < chunk.length || this.#bodyLength === 0) {
        at = this.#bodyLength < 0 ? this.#takeHeader(chunk, at) : this.#takeBody(chunk, at, frames);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fault = error;
      if (frames.length === 0) throw error;
    }
    return frames;
  }

  /** Says that the stream is over; throws when that is inside a frame. */
  finish(): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#headerLength === 0 && this.#bodyLength < 0) return;
    const part =
      this.#bodyLength < 0
        ? `header, after ${this.#headerLength} of ${FRAME_HEADER_BYTES} bytes`
        : `body, after ${this.#gatheredLength} of ${this.#bodyLength} bytes`;
    this.#fault = new ProtocolError("TRUNCATED_FRAME", `the stream ends inside a frame's ${part}`);
    throw this.#fault;
  }

  #takeHeader(chunk: Uint8Array, start: number): number {
    let at = start;
    if (this.#headerLength === 0 && chunk.length - at >= FRAME_HEADER_BYTES) {
      this.#openFrame(chunk, at);
      return at + FRAME_HEADER_BYTES;
    }
    while (at < chunk.length && this.#headerLength < FRAME_HEADER_BYTES) {
      this.#header[this.#headerLength++] = chunk[at++] as number;
    }
    if (this.#headerLength === FRAME_HEADER_BYTES) this.#openFrame(this.#header, 0);
    return at;
  }

  #openFrame(bytes: Uint8Array, at: number): void {
    const code = readU16(bytes, at);
    const length = readU16(bytes, at + 4) * 0x1_0000 + readU16(bytes, at + 6);
    messageKind(code);
    if (length >= this.#maxFrameBytes) {
      throw new ProtocolError(
        "FRAME_TOO_LARGE",
        `a frame of ${length} bytes reaches the limit of ${this.#maxFrameBytes} bytes`,
      );
    }
    this.#code = code;
    this.#flags = readU16(bytes, at + 2);
    this.#bodyLength = length;
    this.#headerLength = 0;
  }

  #takeBody(chunk: Uint8Array, at: number, frames: Frame[]): number {
    const length = this.#bodyLength;
    const missing = length - this.#gatheredLength;
    const available = chunk.length - at;
    if (available < missing) {
      this.#gather(chunk.subarray(at), length);
      return chunk.length;
    }
    let body = EMPTY_BYTES;
    if (this.#gatheredLength > 0) {
      this.#gather(chunk.subarray(at, at + missing), length);
      body = this.#gathered.subarray(0, length);
    } else if (length > 0) {
      body = new Uint8Array(chunk.buffer, chunk.byteOffset + at, length);
    }
    frames.push({ code: this.#code, flags: this.#flags, body });
    this.#bodyLength = -1;
    this.#gathered = EMPTY_BYTES;
    this.#gatheredLength = 0;
    return at + missing;
  }

  #gather(part: Uint8Array, length: number): void {
    const needed = this.#gatheredLength + part.length;
    if (needed > this.#gathered.length) {
      const grown = new Uint8Array(Math.min(length, Math.max(needed * 2, GATHER_BYTES_MIN)));
      grown.set(this.#gathered.subarray(0, this.#gatheredLength));
      this.#gathered = grown;
    }
    this.#gathered.set(part, this.#gatheredLength);
    this.#gatheredLength = needed;
  }
}

function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
