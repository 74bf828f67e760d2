/**
 * Moves bytes between a connection and one attempt. A chunk that arrives is one `receive`, whatever
 * number of messages it completes; what the attempt sends at once is one write, its last words and
 * the end of the stream included.
 */
import {
  decodeBody,
  type EndpointMessage,
  encodeFrame,
  encodeFrames,
  type Frame,
  FrameParser,
  isSentBy,
  messageKind,
  ProtocolError,
  type ProtocolVersion,
  type ServerMessage,
} from "@rejoin/protocol";
import type { Attempt } from "../../attempt/attempt.ts";
import type { AttemptSink } from "../../attempt/ports.ts";
import { ErrorCode, toError } from "../../errors.ts";
import { toErrorMessage } from "../../vm/attempt-failure.ts";

const NO_BYTES = new Uint8Array(0);

/** The connection's side that this endpoint writes. */
export interface PumpOutput {
  /** The bytes are not changed afterwards. */
  write(bytes: Uint8Array): void;
  /** Once: nothing follows. Without bytes if the attempt ends without a last word. */
  end(bytes?: Uint8Array): void;
}

export interface PumpOptions {
  readonly version: ProtocolVersion;
  readonly output: PumpOutput;
  readonly openAttempt: (sink: AttemptSink) => Attempt;
  /** The first body length of a frame that is refused; by default the protocol's. */
  readonly frameBytesMax?: number;
}

export class AttemptPump implements AttemptSink {
  readonly #version: ProtocolVersion;
  readonly #output: PumpOutput;
  readonly #parser: FrameParser;
  readonly #attempt: Attempt;
  #ended = false;
  #outputEnded = false;
  #suspensionRequested = false;

  constructor({ version, output, openAttempt, frameBytesMax }: PumpOptions) {
    this.#version = version;
    this.#output = output;
    this.#parser = new FrameParser(
      frameBytesMax === undefined ? {} : { maxFrameBytes: frameBytesMax },
    );
    this.#attempt = openAttempt(this);
  }

  // ---- from the connection -------------------------------------------------------------------

  /** The next bytes of the request. `chunk` must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    const messages: ServerMessage[] = [];
    let fault: unknown;
    try {
      for (const frame of this.#parser.push(chunk)) messages.push(this.#decode(frame));
      // The parser returns what came before a fault, and throws on the next occasion: that is now.
      this.#parser.push(NO_BYTES);
    } catch (error) {
      fault = error;
    }
    if (messages.length > 0) this.#receive(messages);
    if (fault !== undefined) this.#violated(fault);
    if (this.#suspensionRequested) this.requestSuspension();
  }

  /** The request is over: nothing more will come, but the attempt may go on. */
  closeInput(): void {
    if (this.#ended) return;
    try {
      this.#parser.finish();
    } catch (error) {
      this.#violated(error);
      return;
    }
    this.#attempt.closeInput();
  }

  /** The connection is lost: user code stops at its next await. */
  abort(reason: Error): void {
    this.#outputEnded = true;
    if (!this.#ended) this.#attempt.abort(reason);
  }

  /** Lets the attempt suspend at its next await, as soon as it has what was journaled. */
  requestSuspension(): void {
    if (this.#ended) return;
    const isLive = this.#attempt.vm.phase === "live";
    this.#suspensionRequested = !isLive;
    if (isLive) this.#attempt.closeInput();
  }

  // ---- from the attempt ----------------------------------------------------------------------

  send(messages: readonly EndpointMessage[]): void {
    // With a codec the journal is known only later than it has come: before the first message.
    if (this.#suspensionRequested) queueMicrotask(() => this.requestSuspension());
    const bytes = this.#encode(messages);
    if (this.#outputEnded) return;
    // The attempt calls `end` right after its last word: nothing is delayed.
    if (isTerminal(messages.at(-1))) this.#endOutput(bytes);
    else this.#output.write(bytes);
  }

  end(): void {
    this.#ended = true;
    this.#endOutput();
  }

  /** What cannot be encoded ends the stream with the reason; the attempt aborts when this throws. */
  #encode(messages: readonly EndpointMessage[]): Uint8Array {
    try {
      return encodeFrames(messages, this.#version);
    } catch (thrown) {
      const error = toError(thrown);
      const message = `the messages of this attempt cannot be encoded: ${error.message}`;
      const failure = { code: ErrorCode.internal, message, stacktrace: error.stack ?? "" };
      this.#endOutput(encodeFrame(toErrorMessage(failure), this.#version));
      throw error;
    }
  }

  #endOutput(bytes?: Uint8Array): void {
    if (this.#outputEnded) return;
    this.#outputEnded = true;
    this.#output.end(bytes);
  }

  // ---- the protocol --------------------------------------------------------------------------

  #decode({ code, flags, body }: Frame): ServerMessage {
    const kind = messageKind(code);
    if (!isSentBy(kind, "server")) {
      throw new ProtocolError("UNKNOWN_MESSAGE", `a server must not send ${kind}`);
    }
    return decodeBody(code, flags, body, this.#version) as ServerMessage;
  }

  /** A bug ends this attempt, not the process. */
  #receive(messages: readonly ServerMessage[]): void {
    try {
      this.#attempt.receive(messages);
    } catch (thrown) {
      const { message, stack } = toError(thrown);
      this.#attempt.end({ code: ErrorCode.internal, message, stacktrace: stack ?? "" });
    }
  }

  #violated(error: unknown): void {
    if (this.#ended) return;
    const { message } = toError(error);
    this.#attempt.end({
      code: ErrorCode.protocolViolation,
      message: `the server violated the protocol: ${message}`,
    });
  }
}

function isTerminal(message: EndpointMessage | undefined): boolean {
  const kind = message?.kind;
  return kind === "end" || kind === "suspension" || kind === "error";
}
