/** Requests to the ingress: attempts until one is answered, or until the policy gives up. */

import type { JournalValueCodec, Serde } from "@rejoin/protocol";
import { ClientError } from "../client-error.ts";
import { describeCause } from "../http.ts";
import { HttpCallError } from "./http-call-error.ts";
import type { IngressPorts } from "./ports.ts";
import { nextAttemptAfterMs, type ResolvedRetryPolicy, type RetryFailure } from "./retry-policy.ts";

/** What every request of a client has in common. */
export interface Connection {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryPolicy: ResolvedRetryPolicy | undefined;
  readonly serde: Serde<unknown> | undefined;
  readonly codec: JournalValueCodec | undefined;
  readonly fetch: typeof fetch | undefined;
  readonly ports: IngressPorts;
}

export interface IngressRequest {
  readonly method: "GET" | "POST";
  /** Behind the base URL; escaped already. */
  readonly path: string;
  /** Beside those of the connection. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Whether a second one changes nothing. */
  readonly isRepeatable: boolean;
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The body of a good answer, or why there is none. */
type Attempt = { readonly bytes: Uint8Array } | Failed;

interface Failed {
  readonly failure: RetryFailure;
  /** Makes what the request rejects with, if this was its last attempt. */
  readonly toError: (attempts: number) => unknown;
}

const GOES_ON =
  "an invocation that was accepted goes on; call again with the same idempotency key to wait for " +
  "it, or with a longer timeout";
const ATTEMPT_HEADER = "x-restateclient-retry-attempt";

/** The body of the answer; rejects with an {@link HttpCallError} if its status is not 2xx. */
export async function exchange(
  connection: Connection,
  request: IngressRequest,
): Promise<Uint8Array> {
  const { timeout, signal } = request;
  if (timeout !== undefined && signal !== undefined) {
    throw new Error("the options timeout and signal exclude each other: pass only one of them");
  }
  const { ports } = connection;
  const policy = request.isRepeatable ? connection.retryPolicy : undefined;
  const startedAt = ports.now();
  for (let attempt = 0; ; attempt++) {
    const outcome = await tryOnce(connection, request, attempt);
    if ("bytes" in outcome) return outcome.bytes;
    const nowMs = ports.now();
    const moment = { attempt, nowMs, elapsedMs: nowMs - startedAt, random: ports.random() };
    const mayRetry = policy !== undefined && signal?.aborted !== true;
    const delayMs = mayRetry ? nextAttemptAfterMs(policy, outcome.failure, moment) : undefined;
    if (delayMs === undefined) throw outcome.toError(attempt + 1);
    await ports.sleep(delayMs, signal);
  }
}

async function tryOnce(
  connection: Connection,
  request: IngressRequest,
  attempt: number,
): Promise<Attempt> {
  const { timeout, method, path, body } = request;
  const send = connection.fetch ?? fetch;
  const signal = timeout === undefined ? request.signal : connection.ports.timeoutSignal(timeout);
  let response: Response | undefined;
  try {
    response = await send(`${connection.baseUrl}${path}`, {
      method,
      headers: { ...connection.headers, ...request.headers, [ATTEMPT_HEADER]: `${attempt + 1}` },
      // Typed arrays over shared memory are not for fetch; a serde makes none.
      ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.ok) return { bytes: new Uint8Array(await response.arrayBuffer()) };
    return refused(response, await response.text());
  } catch (error) {
    const hasAnswered = response !== undefined;
    const toError = (attempts: number) =>
      toNetworkError(error, { connection, request, attempts, hasAnswered });
    return { failure: { kind: "network", error }, toError };
  }
}

function refused({ status, headers }: Response, text: string): Failed {
  return {
    failure: { kind: "response", status, headers, ...(text === "" ? {} : { body: text }) },
    toError: () => new HttpCallError(status, text, `Request failed: ${status}\n${text}`, headers),
  };
}

interface NetworkFailure {
  readonly connection: Connection;
  readonly request: IngressRequest;
  readonly attempts: number;
  /** The status was there, the body was not. */
  readonly hasAnswered: boolean;
}

/** Aborts stay what they are; a timeout keeps its name. */
function toNetworkError(error: unknown, failure: NetworkFailure): unknown {
  const { connection, request, attempts, hasAnswered } = failure;
  if (request.signal?.aborted === true) return error;
  const { method, path, timeout } = request;
  const where = `${method} ${connection.baseUrl}${path}`;
  const tried = attempts === 1 ? "" : `, after ${attempts} attempts`;
  if (timeout !== undefined && error instanceof Error && error.name === "TimeoutError") {
    const text = `${where} has not been answered for ${timeout} ms${tried}: ${GOES_ON}`;
    return Object.assign(new DOMException(text, "TimeoutError"), { cause: error });
  }
  const why = `(${describeCause(error)})${tried}`;
  const text = isImpatient(error)
    ? `fetch has given up waiting for the answer to ${where} ${why}: ${GOES_ON}`
    : hasAnswered
      ? `the answer to ${where} broke off ${why}: is the server still running?`
      : `cannot reach the ingress at ${connection.baseUrl} ${why}: ` +
        "is the server running, and is this its URL?";
  return new ClientError(text, { kind: "unreachable", url: connection.baseUrl, cause: error });
}

/** The `fetch` of Node waits five minutes, unless it is given another dispatcher. */
function isImpatient(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT";
}
