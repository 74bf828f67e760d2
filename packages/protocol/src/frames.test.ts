import { describe, expect, test } from "vitest";
import { encodeFrames } from "./codec.ts";
import { type Frame, FrameParser, frameHeader } from "./frames.ts";
import type { Message } from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import { createRandom } from "./testing/random.ts";
import { SAMPLES } from "./testing/samples.ts";

const messages: readonly Message[] = SAMPLES.map(([, message]) => message);
const stream = encodeFrames(messages, 7);
const whole = new FrameParser().push(stream);

describe("chunks", () => {
  test("any cutting of a stream gives the same frames", () => {
    const random = createRandom(3);
    for (let run = 0; run < 60; run++) {
      const cuts = Array.from({ length: run }, () => random(stream.length + 1));
      expect(parseChunks(cut(stream, cuts))).toEqual(whole);
    }
  });

  test("a stream may come byte by byte", () => {
    expect(parseChunks([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test("a frame within one chunk is a view of it", () => {
    for (const { body } of whole) {
      if (body.length > 0) expect(body.buffer).toBe(stream.buffer);
    }
  });

  test("an empty body completes with its header", () => {
    const parser = new FrameParser();
    const header = frameHeader(0x0003, 0, 0);
    expect(parser.push(header.subarray(0, 7))).toEqual([]);
    expect(parser.push(header.subarray(7))).toEqual([
      { code: 3, flags: 0, body: new Uint8Array(0) },
    ]);
    parser.finish();
  });

  test("empty chunks mean nothing", () => {
    expect(new FrameParser().push(new Uint8Array(0))).toEqual([]);
  });
});

describe("limits", () => {
  test("a body that reaches the limit is refused before it arrives", () => {
    const parser = new FrameParser({ maxFrameBytes: 100 });
    const error = faultOf(() => parser.push(frameHeader(0x0401, 0, 100)));
    expect(error.code).toBe("FRAME_TOO_LARGE");
    expect(error.reportedAs).toBe("RT0003");
    expect(error.message).toBe("a frame of 100 bytes reaches the limit of 100 bytes");
  });

  test("a body just below the limit passes", () => {
    const parser = new FrameParser({ maxFrameBytes: 100 });
    parser.push(frameHeader(0x0401, 0, 99));
    expect(parser.push(new Uint8Array(99))).toHaveLength(1);
  });

  test("by default the limit is 32 MiB and 256 KiB", () => {
    expect(new FrameParser().push(frameHeader(0x0401, 0, 33_816_575))).toEqual([]);
    const parser = new FrameParser();
    expect(faultOf(() => parser.push(frameHeader(0x0401, 0, 33_816_576))).code).toBe(
      "FRAME_TOO_LARGE",
    );
    expect(faultOf(() => new FrameParser().push(frameHeader(1, 0, 2 ** 32 - 1))).code).toBe(
      "FRAME_TOO_LARGE",
    );
  });

  test("memory grows with what arrives, not with what is claimed", () => {
    const before = process.memoryUsage().arrayBuffers;
    const parsers = Array.from({ length: 200 }, () => {
      const parser = new FrameParser();
      parser.push(frameHeader(0x0401, 0, 33_000_000));
      parser.push(new Uint8Array(10));
      return parser;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
    expect(parsers).toHaveLength(200);
  });
});

describe("faults", () => {
  test("frames before a fault are returned, the fault is thrown afterwards", () => {
    const parser = new FrameParser();
    const bytes = Buffer.concat([frameHeader(3, 0, 0), frameHeader(0x0003 + 0x0100, 0, 0)]);
    expect(parser.push(bytes)).toHaveLength(1);
    const error = faultOf(() => parser.push(new Uint8Array(0)));
    expect(error.code).toBe("UNKNOWN_MESSAGE");
    expect(faultOf(() => parser.finish())).toBe(error);
    expect(faultOf(() => parser.push(frameHeader(3, 0, 0)))).toBe(error);
  });

  test.each([
    [0x0008, "UNKNOWN_MESSAGE", "unknown message type 0x0008"],
    [0x03ff, "UNKNOWN_MESSAGE", "unknown message type 0x03ff"],
    [0x040f, "CUSTOM_MESSAGE", "custom message type 0x040f is not supported"],
    [0xfc00, "CUSTOM_MESSAGE", "custom message type 0xfc00 is not supported"],
  ])("message type %i", (code, expected, text) => {
    const error = faultOf(() => new FrameParser().push(frameHeader(code, 0, 5)));
    expect(error.code).toBe(expected);
    expect(error.message).toBe(text);
  });

  test("a stream that ends inside a header or a body", () => {
    const inHeader = new FrameParser();
    inHeader.push(new Uint8Array(3));
    expect(faultOf(() => inHeader.finish()).message).toContain("header, after 3 of 8 bytes");
    const inBody = new FrameParser();
    inBody.push(Buffer.concat([frameHeader(0x0401, 0, 9), new Uint8Array(4)]));
    const error = faultOf(() => inBody.finish());
    expect(error.code).toBe("TRUNCATED_FRAME");
    expect(error.message).toContain("body, after 4 of 9 bytes");
    const afterHeader = new FrameParser();
    afterHeader.push(frameHeader(0x0401, 0, 9));
    expect(faultOf(() => afterHeader.finish()).message).toContain("body, after 0 of 9 bytes");
  });
});

function parseChunks(chunks: readonly Uint8Array[]): Frame[] {
  const parser = new FrameParser();
  const frames = chunks.flatMap((chunk) => parser.push(chunk));
  parser.finish();
  return frames;
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const edges = [0, ...at.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

function faultOf(run: () => unknown): ProtocolError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error("no error was raised");
}
