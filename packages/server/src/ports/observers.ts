/**
 * Who watches the server: told what happens, in the rooms where it happens, and never asked.
 *
 * Each is called on the paths that every invocation takes, so what implements them does as little as
 * it can; a room that nobody watches has none. What they throw is a bug.
 */
import type { AttemptFailure, Batch, Invocation, Pin, Target } from "@rejoin/engine";
import type { EndpointMessage, Header, InvocationKey } from "@rejoin/protocol";

/** What a request of the ingress asks for. */
export type RequestType =
  | "call"
  | "send"
  | "attach"
  | "output"
  | "lookup"
  | "awakeable"
  | "health"
  | "unknown";

export interface IngressObserver {
  /** A request has come; `undefined` if it is not to be watched. */
  began(request: { header(name: string): string | undefined }): RequestWatch;
}

/** One request, from its beginning to `answered` or `gone`. */
export interface RequestWatch {
  /** What it asks for; `target` is one that exists. */
  asks(type: RequestType, target?: Target): void;
  /** It invokes: the headers that the invocation gets, made of those that came. */
  invokes(key: InvocationKey, headers: readonly Header[]): readonly Header[];
  answered(response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
  }): void;
  /** Whoever asked has gone before. */
  gone(): void;
}

export interface InvokerObserver {
  attemptStarted(invocation: Invocation, pin: Pin): AttemptWatch;
}

/**
 * - `completed`: the endpoint said that the invocation has ended
 * - `suspended`: it only awaits
 * - `failed`: another one may follow
 * - `aborted`: the invocation was ended or paused, or a newer attempt has taken its place
 * - `interrupted`: the server stops or opens the partition anew, and will begin the same attempt again
 */
export type AttemptResult = "completed" | "suspended" | "failed" | "aborted" | "interrupted";

/** One attempt, from its start to the first call of `ended`. */
export interface AttemptWatch {
  /** Sent with the request that starts it. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** The endpoint sent a message; not there if nobody wants to know. */
  readonly said: ((message: Exclude<EndpointMessage, { kind: "awaitingOn" }>) => void) | undefined;
  ended(
    result: AttemptResult,
    failure?: Pick<AttemptFailure, "code" | "message" | "docCode">,
  ): void;
}

export interface PartitionObserver {
  opened(partition: number): void;
  /** It has failed, and is being opened anew unless that is final. */
  lost(partition: number, isFinal: boolean): void;
  /** A record is applied that has been waiting for so long. */
  applied(waitedMs: number): void;
  committed(partition: number, batch: Batch, durationMs: number): void;
}

export interface ServerObservers {
  readonly ingress: IngressObserver;
  readonly invoker: InvokerObserver;
  readonly partition: PartitionObserver;
}
