/** Reads the messages that a server sends to an endpoint, and of each the fields that are wanted. */
import { on } from "node:events";
import type { ServerHttp2Stream } from "node:http2";

const headerBytes = 8;

/** A message, or one within a message. */
export class ReadEntry {
  readonly kind: number;
  readonly #fields = new Map<number, number | Buffer>();

  constructor(kind: number, body: Buffer) {
    this.kind = kind;
    for (let at = 0; at < body.length; ) {
      const [tag, start] = readVarint(body, at);
      const [value, end] = readVarint(body, start);
      const isBytes = tag % 8 === 2;
      at = isBytes ? end + value : end;
      this.#fields.set(Math.floor(tag / 8), isBytes ? body.subarray(end, at) : value);
    }
  }

  /** 0 if it is absent. */
  number(field: number): number {
    const value = this.#fields.get(field);
    return typeof value === "number" ? value : 0;
  }

  /** Empty if it is absent. */
  bytes(field: number): Buffer {
    const value = this.#fields.get(field);
    return value instanceof Buffer ? value : Buffer.alloc(0);
  }

  message(field: number): ReadEntry {
    return new ReadEntry(this.kind, this.bytes(field));
  }
}

/** Messages as they come; what follows when nobody asks for more is read and dropped. */
export async function* entriesOf(stream: ServerHttp2Stream): AsyncGenerator<ReadEntry> {
  let received = Buffer.alloc(0);
  try {
    for await (const [chunk] of on(stream, "data", { close: ["end", "close"] })) {
      received = Buffer.concat([received, chunk as Buffer]);
      let at = 0;
      for (;;) {
        const start = at + headerBytes;
        if (received.length < start) break;
        const end = start + received.readUInt32BE(at + 4);
        if (received.length < end) break;
        yield new ReadEntry(received.readUInt16BE(at), received.subarray(start, end));
        at = end;
      }
      received = received.subarray(at);
    }
  } finally {
    stream.resume();
  }
}

function readVarint(bytes: Buffer, start: number): [value: number, end: number] {
  let value = 0;
  let at = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at] ?? 0;
    at += 1;
    value += (byte % 128) * factor;
    if (byte < 128) return [value, at];
  }
}
