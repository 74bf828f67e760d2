/**
 * A codec of the user's for every payload that leaves this process: encryption, say. The machine and
 * the serdes see payloads as they are; what is sent is encoded last, what is received decoded first.
 * So replayed commands are compared as they were before, however often the codec encodes the same
 * bytes to others. Names, keys and failures are no payloads.
 */
import type { EndpointMessage, NotificationResult, ServerMessage } from "@rejoin/protocol";
import { toError } from "../errors.ts";

/** Encodes and decodes payloads. What cannot be decoded ends the attempt. Experimental. */
export type JournalValueCodec = {
  encode(bytes: Uint8Array): Uint8Array;
  decode(bytes: Uint8Array): Promise<Uint8Array>;
};

/** Whoever takes messages that are decoded. */
export interface DecodedTarget {
  receiveDecoded(messages: readonly ServerMessage[]): void;
  closeDecodedInput(): void;
  undecodable(error: Error): void;
}

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
        const { message } = toError(thrown);
        const text = `the journal value codec cannot decode what the server has sent: ${message}`;
        this.#target.undecodable(new Error(text, { cause: thrown }));
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
    const encoded: Uint8Array[] = [];
    const collect: Convert = (bytes) => {
      encoded.push(bytes);
      return bytes;
    };
    for (const message of messages) convertPayloads(message, collect);
    const decoded = await Promise.all(encoded.map((bytes) => codec.decode(bytes)));
    // Payloads are visited in the same order again.
    let next = 0;
    const take: Convert = (bytes) => decoded[next++] ?? bytes;
    return messages.map((message) => convertPayloads(message, take));
  }
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
