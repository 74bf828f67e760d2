/** The bytes of an invocation's request, and what a response's bytes say. */
import {
  decodeBody,
  type EndpointMessage,
  encodeFrames,
  FrameParser,
  type Message,
} from "@rejoin/protocol";
import { inputMessage, readable, startMessage } from "../../testing/messages.ts";

const VERSION = 7;

/** The content type of what these functions make. */
export const CONTENT_TYPE = `application/vnd.restate.invocation.v${VERSION}`;

export function encode(...messages: readonly Message[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encodeFrames(messages, VERSION));
}

/** Start, Input and known entries. */
export function encodeReplay(input?: unknown, ...known: readonly Message[]) {
  const start = startMessage({ knownEntries: 1 + known.length });
  return encode(start, inputMessage(input), ...known);
}

export function decode(bytes: Uint8Array): unknown[] {
  return new FrameParser()
    .push(bytes)
    .map(({ code, flags, body }) =>
      readable(decodeBody(code, flags, body, VERSION) as EndpointMessage),
    );
}

/** The output of a handler that ends with `value`. */
export const ending = (value: unknown) => [
  { kind: "output", name: "", result: { kind: "value", value } },
  { kind: "end" },
];
