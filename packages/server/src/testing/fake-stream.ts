/** A transport whose streams do what the test says, and remember what they were given. */
import { decodeBody, type EndpointMessage, type ServerMessage } from "@rejoin/protocol";
import type {
  AttemptListener,
  AttemptRequest,
  AttemptStream,
  InboundItem,
  OutboundItem,
  Transport,
} from "../invoker/transport.ts";
import type { Gate } from "./records.ts";

const FRAME_HEADER_BYTES = 8;

export class FakeStream implements AttemptStream {
  readonly request: AttemptRequest;
  readonly listener: AttemptListener;
  /** Everything that was sent, decoded. */
  readonly messages: ServerMessage[] = [];
  /** How many messages each call of `send` had. */
  readonly sends: number[] = [];
  readonly reading: boolean[] = [];
  inputClosed = false;
  aborted: string | undefined;
  /** Set: the endpoint is slow to take what is sent. */
  full: Gate | undefined;

  constructor(request: AttemptRequest, listener: AttemptListener) {
    this.request = request;
    this.listener = listener;
  }

  send(items: readonly OutboundItem[]): void {
    this.sends.push(items.length);
    for (const item of items) this.messages.push(this.decode(item));
  }

  drained(): Promise<void> | undefined {
    return this.full?.promise;
  }

  setReading(reading: boolean): void {
    this.reading.push(reading);
  }

  closeInput(): void {
    this.inputClosed = true;
  }

  abort(reason: string): void {
    this.aborted = reason;
  }

  // ---- what the endpoint does -------------------------------------------------------------------

  says(...messages: readonly InboundItem["message"][]): void {
    this.listener.onItems(messages.map((message) => ({ message, frame: undefined })));
  }

  awaits(
    awaitingOn: Extract<EndpointMessage, { kind: "awaitingOn" }>["awaitingOn"],
    executing = false,
  ): void {
    this.listener.onAwaitingOn({ executingSideEffects: executing, decode: () => awaitingOn });
  }

  /** The ids of the notifications that were sent, acknowledgements as `ack <id>`. */
  told(): string[] {
    return this.messages.flatMap((message) => {
      if (message.kind === "proposeRunCompletionAck") return [`ack ${message.completionId}`];
      return "completionId" in message ? [`${message.completionId}`] : [];
    });
  }

  private decode(item: OutboundItem): ServerMessage {
    if (item.message !== undefined) return item.message;
    const body = item.frame.subarray(FRAME_HEADER_BYTES);
    return decodeBody(item.code, 0, body, this.request.version) as ServerMessage;
  }
}

export class FakeTransport implements Transport {
  readonly streams: FakeStream[] = [];

  open(request: AttemptRequest, listener: AttemptListener): FakeStream {
    const stream = new FakeStream(request, listener);
    this.streams.push(stream);
    return stream;
  }
}
