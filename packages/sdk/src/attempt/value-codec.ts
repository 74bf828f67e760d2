/**
 * A codec of the user's for every payload that leaves this process: encryption, say. The machine and
 * the serdes see payloads as they are; what is sent is encoded last, what is received decoded first.
 * So replayed commands are compared as they were before, however often the codec encodes the same
 * bytes to others. Names, keys and failures are no payloads.
 */
import type {
  EndpointMessage,
  JournalValueCodec,
  NotificationResult,
  ServerMessage,
} from "@rejoin/protocol";
import { RetryableError, type RetryableErrorOptions, toError } from "../errors.ts";

/** Whoever takes messages that are decoded. */
export interface DecodedTarget {
  receiveDecoded(messages: readonly ServerMessage[]): void;
  closeDecodedInput(): void;
  undecodable(error: Error): void;
  /** What follows has an input without a value. */
  undecodableInput(error: Error): void;
}

const NO_BYTES = new Uint8Array(0);

type Convert = (bytes: Uint8Array) => Uint8Array;

/** The messages of one attempt, decoded in the order in which they came. */
export class CodedMessages {
  readonly #coming: Promise<JournalValueCodec>;
  readonly #target: DecodedTarget;
  #codec: JournalValueCodec | undefined = undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(codec: Promise<JournalValueCodec>, target: DecodedTarget) {
    this.#coming = codec;
    this.#target = target;
  }

  receive(messages: readonly ServerMessage[]): void {
    this.#last = this.#last.then(async () => {
      let decoded: readonly ServerMessage[];
      try {
        decoded = await this.#decode(messages);
      } catch (thrown) {
        this.#target.undecodable(toDecodeError("what the server has sent", thrown));
        return;
      }
      this.#target.receiveDecoded(decoded);
    });
  }

  closeInput(): void {
    this.#last = this.#last.then(() => this.#target.closeDecodedInput());
  }

  /**
   * Nothing with a payload is sent before something was decoded, so the codec is there by then.
   * Throws when something cannot be encoded.
   */
  encode(messages: readonly EndpointMessage[]): readonly EndpointMessage[] {
    const codec = this.#codec;
    if (codec === undefined) return messages;
    try {
      return messages.map((message) => convertPayloads(message, (bytes) => codec.encode(bytes)));
    } catch (thrown) {
      const { message } = toError(thrown);
      const text = `the journal value codec cannot encode a payload: ${message}`;
      throw new Error(text, { cause: thrown });
    }
  }

  async #decode(messages: readonly ServerMessage[]): Promise<readonly ServerMessage[]> {
    const codec = await this.#coming;
    this.#codec = codec;
    const decoding: Promise<Uint8Array>[] = [];
    for (const message of messages) {
      const decode = message.kind === "input" ? this.#decodeInput : this.#decodePayload;
      convertPayloads(message, (bytes) => {
        decoding.push(decode(codec, bytes));
        return bytes;
      });
    }
    const decoded = await Promise.all(decoding);
    // Payloads are visited in the same order again.
    let next = 0;
    const take: Convert = (bytes) => decoded[next++] ?? bytes;
    return messages.map((message) => convertPayloads(message, take));
  }

  readonly #decodePayload = async (codec: JournalValueCodec, bytes: Uint8Array) =>
    await codec.decode(bytes);

  /** The client's mistake, as with a serde: it will be no better the next time. */
  readonly #decodeInput = async (codec: JournalValueCodec, bytes: Uint8Array) => {
    try {
      return await codec.decode(bytes);
    } catch (thrown) {
      if (thrown instanceof RetryableError) throw thrown;
      this.#target.undecodableInput(toDecodeError("the input", thrown));
      return NO_BYTES;
    }
  };
}

function toDecodeError(what: string, thrown: unknown): Error {
  const text = `the journal value codec cannot decode ${what}: ${toError(thrown).message}`;
  if (!(thrown instanceof RetryableError)) return new Error(text, { cause: thrown });
  return new RetryableError(text, { ...retryAfterOf(thrown), cause: thrown });
}

function retryAfterOf({ retryAfter }: RetryableError): RetryableErrorOptions {
  return retryAfter === undefined ? {} : { retryAfter };
}

/** The same message with other payloads. */
export function convertPayloads<M extends ServerMessage | EndpointMessage>(
  message: M,
  convert: Convert,
): M {
  return { ...message, ...convertedFields(message, convert) };
}

function convertedFields(message: ServerMessage | EndpointMessage, convert: Convert): object {
  switch (message.kind) {
    case "start":
      return {
        stateMap: message.stateMap.map(({ key, value }) => ({ key, value: convert(value) })),
      };
    case "input":
    case "setState":
      return { value: convert(message.value) };
    case "call":
    case "oneWayCall":
      return { parameter: convert(message.parameter) };
    case "completePromise":
      return { completion: convertResult(message.completion, convert) };
    default:
      return "result" in message ? { result: convertResult(message.result, convert) } : {};
  }
}

function convertResult(result: NotificationResult, convert: Convert): NotificationResult {
  return result.kind === "value" ? { kind: "value", value: convert(result.value) } : result;
}
