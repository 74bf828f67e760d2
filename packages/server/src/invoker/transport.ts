/**
 * How an attempt reaches the code of a deployment. Implemented in-process, over HTTP and for
 * serverless platforms; the attempt does not know which.
 */
import type { AttemptFailure } from "@rejoin/engine";
import type {
  AwaitingOnMessage,
  EndpointMessage,
  InvocationKey,
  ProtocolVersion,
  ServerMessage,
} from "@rejoin/protocol";

export interface AttemptRequest {
  readonly key: InvocationKey;
  readonly service: string;
  readonly handler: string;
  /** The object or workflow key, "" for a plain service. */
  readonly objectKey: string;
  readonly version: ProtocolVersion;
  readonly deploymentId: string;
  /** Say where spans of the endpoint belong, if the attempt is traced. */
  readonly traceHeaders?: Readonly<Record<string, string>> | undefined;
  /** Show the deployment that the server may ask it. */
  readonly authHeaders?: Readonly<Record<string, string>> | undefined;
}

/** A message to the endpoint: decoded, as its frame, or both. */
export type OutboundItem =
  | { readonly message: ServerMessage; readonly frame?: Uint8Array }
  | { readonly message?: undefined; readonly code: number; readonly frame: Uint8Array };

/** A message of the endpoint; `frame` where it came as bytes. */
export interface InboundItem {
  readonly message: Exclude<EndpointMessage, AwaitingOnMessage>;
  readonly frame: Uint8Array | undefined;
}

/** What an open attempt waits for, decoded only if someone asks. */
export interface AwaitingOn {
  readonly executingSideEffects: boolean;
  decode(): AwaitingOnMessage["awaitingOn"];
}

/** The server's side of an open attempt. Calls after the end do nothing. */
export interface AttemptStream {
  send(items: readonly OutboundItem[]): void;
  /** Resolves when more can be sent without piling up. */
  drained(): Promise<void> | undefined;
  /** Stops or goes on reading what the endpoint sends. */
  setReading(reading: boolean): void;
  /** Nothing more will be sent: the endpoint suspends when it cannot go on without. */
  closeInput(): void;
  /** `atOnce`: another attempt may follow, beside which nothing of this one should run. */
  abort(reason: string, atOnce?: boolean): void;
}

export interface AttemptListener {
  onItems(items: readonly InboundItem[]): void;
  onAwaitingOn(awaiting: AwaitingOn): void;
  /** The stream has ended; nothing follows. With a failure if it was not its own end. */
  onEnd(failure?: AttemptFailure, retry?: RetryAdvice): void;
}

/** What is known of the next attempt after a failure. */
export interface RetryAdvice {
  /** Instead of the policy's delay. */
  readonly nextRetryDelayMs?: number | undefined;
  /** Another attempt would fail like this one, until an operator has changed something. */
  readonly pause?: boolean;
}

export interface Transport {
  /**
   * An attempt is told nothing after its journal: its input is closed then, and the endpoint
   * suspends when it cannot go on without more. May change while the transport lives.
   */
  readonly isOneWay?: boolean;
  /** Messages are handed over as they are: nobody looks at the frames of those that are decoded. */
  readonly takesMessages?: boolean;
  open(request: AttemptRequest, listener: AttemptListener): AttemptStream;
}
