/** Bytes that nobody meant: the codec answers each with a message or a ProtocolError. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBody, encodeFrame } from "./codec.ts";
import { FrameParser } from "./frames.ts";
import { MESSAGE_KINDS, messageCode } from "./message-kinds.ts";
import type { Message, ProtocolVersion } from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import { ARBITRARIES } from "./testing/arbitraries.ts";

const version = fc.constantFrom<ProtocolVersion>(5, 6, 7);
const kind = fc.constantFrom(...MESSAGE_KINDS);

test("random bodies of every kind decode or raise a ProtocolError", () => {
  const body = fc.uint8Array({ maxLength: 64 });
  const property = fc.property(kind, version, body, (which, v, bytes) => {
    decodeOrFail(messageCode(which), bytes, v);
  });
  fc.assert(property, { numRuns: 4000 });
});

test("plausible bodies of every kind decode or raise a ProtocolError", () => {
  const field = fc
    .tuple(
      fc.integer({ min: 1, max: 18 }),
      fc.constantFrom(0, 2, 2, 5),
      fc.uint8Array({ maxLength: 6 }),
    )
    .map(([number, wireType, content]) => {
      const tag = number * 8 + wireType;
      const prefix = tag < 128 ? [tag] : [(tag & 127) | 128, tag >>> 7];
      return wireType === 2 ? [...prefix, content.length, ...content] : [...prefix, ...content];
    });
  const body = fc.array(field, { maxLength: 6 }).map((fields) => Uint8Array.from(fields.flat()));
  const property = fc.property(kind, version, body, (which, v, bytes) => {
    decodeOrFail(messageCode(which), bytes, v);
  });
  fc.assert(property, { numRuns: 4000 });
});

test("damaged frames parse or raise a ProtocolError, and hold no more than arrived", () => {
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const message = fc.oneof(...Object.values(ARBITRARIES));
  const property = fc.property(message, damage, fc.nat(400), (original, changes, cut) => {
    const frame = encodeFrame(original, 7).slice();
    for (const [at, value] of changes) frame[at % frame.length] = value;
    const bytes = frame.subarray(0, Math.max(1, frame.length - (cut % 40)));
    for (const { code, flags, body } of parseOrFail(bytes)) decodeOrFail(code, body, 7, flags);
  });
  fc.assert(property, { numRuns: 1200 });
});

function decodeOrFail(code: number, body: Uint8Array, v: ProtocolVersion, flags = 0): void {
  let message: Message;
  try {
    message = decodeBody(code, flags, body, v);
  } catch (error) {
    if (error instanceof ProtocolError) return;
    throw error;
  }
  expect(bytesHeldBy(message)).toBeLessThanOrEqual(body.length);
}

function parseOrFail(bytes: Uint8Array): ReturnType<FrameParser["push"]> {
  const parser = new FrameParser();
  const frames = [];
  try {
    frames.push(...parser.push(bytes.subarray(0, 5)));
    frames.push(...parser.push(bytes.subarray(5)));
    parser.finish();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return frames;
}

/** The sum of all payload bytes and characters in a message, except its kinds. */
function bytesHeldBy(value: unknown, key = ""): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === "string") return key === "kind" ? 0 : value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce((sum, [name, item]) => sum + bytesHeldBy(item, name), 0);
}
