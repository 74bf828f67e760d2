import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBody, encodeBody, encodeFrame, encodeFrames } from "./codec.ts";
import { FrameParser } from "./frames.ts";
import { PROTOCOL_VERSIONS } from "./http.ts";
import { MESSAGE_KINDS } from "./message-kinds.ts";
import type { Message, ProtocolVersion } from "./messages.ts";
import { MESSAGE_SCHEMAS } from "./schema.ts";
import { ARBITRARIES } from "./testing/arbitraries.ts";
import { asReceived } from "./testing/as-received.ts";

const anyMessage = fc.oneof(...Object.values(ARBITRARIES));

describe.each(PROTOCOL_VERSIONS)("version %i", (version) => {
  const kinds = MESSAGE_KINDS.filter((kind) => version >= MESSAGE_SCHEMAS[kind].since);

  test.each(kinds)("%s survives encoding and decoding", (kind) => {
    const property = fc.property(ARBITRARIES[kind], (message) => {
      expect(decodeFrames(encodeFrame(message, version), version)).toEqual([
        asReceived(message, version),
      ]);
    });
    fc.assert(property, { numRuns: 20 });
  });

  test("a run of frames is the frames one after the other", () => {
    const known = anyMessage.filter(({ kind }) => kinds.includes(kind));
    const property = fc.property(fc.array(known, { maxLength: 8 }), (messages) => {
      const all = encodeFrames(messages, version);
      const single = messages.map((message) => Buffer.from(encodeFrame(message, version)));
      expect(Buffer.from(all).equals(Buffer.concat(single))).toBe(true);
      const received = messages.map((message) => asReceived(message, version));
      expect(decodeFrames(all, version)).toEqual(received);
    });
    fc.assert(property, { numRuns: 30 });
  });
});

test("an encoded message is not touched by later ones", () => {
  const property = fc.property(
    fc.array(anyMessage, { minLength: 2, maxLength: 40 }),
    (messages) => {
      const encoded = messages.map((message) => encodeBody(message, 7));
      const copies = encoded.map((body) => Buffer.from(body));
      for (const message of messages) encodeFrame(message, 7);
      for (const [i, body] of encoded.entries()) {
        expect(Buffer.from(body).equals(copies[i] as Buffer)).toBe(true);
      }
    },
  );
  fc.assert(property, { numRuns: 30 });
});

function decodeFrames(bytes: Uint8Array, version: ProtocolVersion): Message[] {
  const parser = new FrameParser();
  const frames = parser.push(bytes);
  parser.finish();
  return frames.map(({ code, flags, body }) => decodeBody(code, flags, body, version));
}
