/**
 * The ingress as the command line uses it: any handler, any bytes. A call is a send and then a wait
 * for the result, so that its id is known from the start, and a connection that breaks, or is given up
 * after minutes without an answer, is followed by another one.
 */
import { ClientError } from "@rejoin/client";
import type { CliEnvironment } from "../environment/cli-environment.ts";
import type { CallTarget } from "./call-target.ts";

export interface IngressApiOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly environment: Pick<CliEnvironment, "fetch">;
}

export interface SendRequest {
  readonly target: CallTarget;
  readonly body: string | undefined;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | undefined;
  readonly limitKey: string | undefined;
  /** Such as `10m`. */
  readonly delay: string | undefined;
}

export interface Sent {
  readonly invocationId: string;
  readonly status: "Accepted" | "PreviouslyAccepted";
  /** If it was delayed. */
  readonly executionTime?: string;
}

export interface FailureBody {
  readonly code: number;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How an invocation has ended, if it has. */
export type Outcome =
  | {
      readonly kind: "succeeded";
      readonly value: Uint8Array;
      readonly contentType: string | undefined;
    }
  | { readonly kind: "failed"; readonly failure: FailureBody }
  | { readonly kind: "not-ready" };

const NOT_READY = 470;

/** Every method rejects with a `ClientError`. */
export class IngressApi {
  readonly #options: IngressApiOptions;

  constructor(options: IngressApiOptions) {
    this.#options = options;
  }

  async send({ target, delay, ...request }: SendRequest): Promise<Sent> {
    const query = delay === undefined ? "" : `?delay=${encodeURIComponent(delay)}`;
    const headers = {
      ...request.headers,
      ...(request.contentType === undefined ? {} : { "content-type": request.contentType }),
      ...(request.idempotencyKey === undefined
        ? {}
        : { "idempotency-key": request.idempotencyKey }),
      ...(request.limitKey === undefined ? {} : { "x-restate-limit-key": request.limitKey }),
    };
    const path = `${pathOf(target, "send")}${query}`;
    const response = await this.#fetch("POST", path, { headers, body: request.body });
    if (!response.ok) throw await refusal(response);
    const body = (await readJson(response)) as Partial<Sent> | undefined;
    if (typeof body?.invocationId !== "string") throw this.#malformed(response);
    return body as Sent;
  }

  /** Waits until the invocation has ended. */
  attach(id: string): Promise<Outcome> {
    return this.#result(id, "attach");
  }

  /** How it has ended, without waiting. */
  output(id: string): Promise<Outcome> {
    return this.#result(id, "output");
  }

  async completeAwakeable(
    id: string,
    verb: "resolve" | "reject",
    body: string,
    contentType: string,
  ): Promise<void> {
    const path = `/restate/awakeables/${encodeURIComponent(id)}/${verb}`;
    const headers = { "content-type": contentType };
    const response = await this.#fetch("POST", path, { headers, body });
    if (!response.ok) throw await refusal(response);
  }

  async #result(id: string, verb: "attach" | "output"): Promise<Outcome> {
    const path = `/restate/invocation/${encodeURIComponent(id)}/${verb}`;
    const response = await this.#fetch("GET", path, {});
    if (response.ok) {
      const value = await this.#read(() => response.arrayBuffer());
      const contentType = response.headers.get("content-type") ?? undefined;
      return { kind: "succeeded", value: new Uint8Array(value), contentType };
    }
    if (response.status === NOT_READY) return { kind: "not-ready" };
    // It names the invocation when the failure is the invocation's own.
    if (response.headers.has("x-restate-id")) {
      const body = (await readJson(response)) as Partial<FailureBody> | undefined;
      const { message = "", code = response.status, metadata } = body ?? {};
      return { kind: "failed", failure: { code, message, ...(metadata ? { metadata } : {}) } };
    }
    throw await refusal(response);
  }

  async #fetch(
    method: "GET" | "POST",
    path: string,
    init: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | undefined;
    },
  ): Promise<Response> {
    const { url, token, environment } = this.#options;
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return this.#read(() =>
      environment.fetch(`${this.#base()}${path}`, {
        method,
        headers: { ...authorization, ...init.headers },
        ...(init.body === undefined ? {} : { body: Buffer.from(init.body) }),
      }),
    ).catch((error: unknown) => {
      throw error instanceof ClientError ? error : unreachable(url, error);
    });
  }

  #base(): string {
    const { url } = this.#options;
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))
      return url.replace(/\/+$/, "");
    const message = `${JSON.stringify(url)} is no URL of the ingress: write it as http://host:port`;
    throw new ClientError(message, { kind: "malformed", url });
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw error instanceof ClientError ? error : unreachable(this.#options.url, error);
    }
  }

  #malformed({ status, url }: Response): ClientError {
    const message = `what answered at ${this.#options.url} (status ${status}) is not the ingress`;
    return new ClientError(`${message} of a Rejoin server: check the URL`, {
      kind: "malformed",
      url,
      status,
    });
  }
}

function pathOf({ service, key, handler, scope }: CallTarget, verb: "send"): string {
  const parts = [service, ...(key === undefined ? [] : [key]), handler].map(encodeURIComponent);
  const root = scope === undefined ? "/restate" : `/restate/scope/${encodeURIComponent(scope)}`;
  return `${root}/${verb}/${parts.join("/")}`;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return JSON.parse(await response.text());
  } catch {
    return undefined;
  }
}

async function refusal(response: Response): Promise<ClientError> {
  const text = await response.text().catch(() => "");
  let message = text.trim();
  try {
    message = String((JSON.parse(text) as { message?: unknown }).message ?? message);
  } catch {
    // It is text.
  }
  return new ClientError(message === "" ? `the ingress answered ${response.status}` : message, {
    kind: "refused",
    url: response.url,
    status: response.status,
  });
}

/** `fetch` says no more than "fetch failed"; the reason is below it, or below an aggregate of it. */
function unreachable(url: string, error: unknown): ClientError {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) cause = cause.errors[0];
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ClientError(
    `cannot reach the ingress at ${url} (${reason}): is the server running, and is this its URL?`,
    { kind: "unreachable", url, cause: error },
  );
}
