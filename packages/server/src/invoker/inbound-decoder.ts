/** Turns what an endpoint sends as bytes into messages, in pieces of any size. */
import {
  decodeBody,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameParser,
  frameHeader,
  isCommandKind,
  isSentBy,
  messageKind,
  ProtocolError,
  type ProtocolVersion,
  peekExecutingSideEffects,
} from "@rejoin/protocol";
import type { AttemptListener, AwaitingOn, InboundItem } from "./transport.ts";

const TERMINAL = new Set(["suspension", "error", "end"]);

export class InboundDecoder {
  /** The endpoint has said how the attempt ended; what follows is ignored. */
  sawTerminal = false;
  private readonly version: ProtocolVersion;
  private readonly parser: FrameParser;

  constructor(version: ProtocolVersion, maxFrameBytes: number) {
    this.version = version;
    this.parser = new FrameParser({ maxFrameBytes });
  }

  /** Passes the messages that `chunk` completes to the listener; throws a `ProtocolError`. */
  push(chunk: Uint8Array, listener: AttemptListener): void {
    if (this.sawTerminal) return;
    let items: InboundItem[] = [];
    for (const frame of this.parser.push(chunk)) {
      const kind = messageKind(frame.code);
      if (!isSentBy(kind, "endpoint")) {
        throw new ProtocolError("UNKNOWN_MESSAGE", `an endpoint must not send ${kind}`);
      }
      if (kind === "awaitingOn") {
        if (items.length > 0) listener.onItems(items);
        items = [];
        listener.onAwaitingOn(this.awaitingOn(frame));
        continue;
      }
      const message = decodeBody(frame.code, frame.flags, frame.body, this.version);
      items.push({ message: message as InboundItem["message"], frame: wholeFrame(frame, kind) });
      if (!TERMINAL.has(kind)) continue;
      this.sawTerminal = true;
      break;
    }
    if (items.length > 0) listener.onItems(items);
  }

  /** The tree stays as it came until someone asks: most are replaced before anyone does. */
  private awaitingOn({ code, flags, body }: Frame): AwaitingOn {
    return {
      executingSideEffects: peekExecutingSideEffects(body),
      decode: () => {
        const message = decodeBody(code, flags, body, this.version);
        if (message.kind !== "awaitingOn") throw new TypeError("an awaiting-on changed its kind");
        return message.awaitingOn;
      },
    };
  }

  /** Says that the stream is over; throws if that is inside a frame. */
  finish(): void {
    if (!this.sawTerminal) this.parser.finish();
  }
}

/** The frame of a command as the journal keeps it: its bytes, flags cleared. */
function wholeFrame(frame: Frame, kind: string): Uint8Array | undefined {
  if (!isCommandKind(kind as Parameters<typeof isCommandKind>[0])) return undefined;
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + frame.body.length);
  bytes.set(frameHeader(frame.code, 0, frame.body.length));
  bytes.set(frame.body, FRAME_HEADER_BYTES);
  return bytes;
}
