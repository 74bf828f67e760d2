/** One HTTP exchange with a server, its failures turned into {@link ClientError}s. */
import { ClientError } from "./client-error.ts";

/** How a client reaches its server. */
export interface ClientOptions {
  /** The base URL, such as `http://127.0.0.1:9070`; it may have a path. */
  readonly url: string;
  /** Sent as `authorization: Bearer …`. */
  readonly token?: string;
  /** Replaces the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** How long to wait for an answer; without it, for ever. */
  readonly timeoutMs?: number;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with a slash; escaped already. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | ArrayBuffer;
}

/** Sends requests to one server. */
export class Http {
  readonly #options: ClientOptions;
  readonly #what: string;
  readonly #base: string;

  /** `what` names the server in messages, such as `the admin API`. */
  constructor(options: ClientOptions, what: string) {
    this.#options = options;
    this.#what = what;
    this.#base = toBaseUrl(options.url, what);
  }

  /** The answer, whatever its status; rejects with `unreachable` if there is none. */
  async send(request: HttpRequest): Promise<Response> {
    const { token, timeoutMs } = this.#options;
    const send = this.#options.fetch ?? fetch;
    const { method, headers, body } = request;
    try {
      return await send(this.urlOf(request.path), {
        method,
        headers: {
          ...headers,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { body }),
        ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
      });
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  /** The body of an answer as JSON; rejects with `malformed` if it is not. */
  async json(response: Response): Promise<unknown> {
    const text = await this.text(response);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.malformed(response, error);
    }
  }

  /** The body of an answer as text. */
  async text(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  /** An error status, with what the body says of it: the JSON of either API, or text. */
  async refusal(response: Response): Promise<ClientError> {
    const { message, restateCode } = describeBody(await this.text(response));
    const text = message === "" ? `${this.#what} answered ${response.status}` : message;
    return new ClientError(text, {
      kind: "refused",
      url: response.url,
      status: response.status,
      ...(restateCode === undefined ? {} : { restateCode }),
    });
  }

  /** An answer that does not fit what was asked. */
  malformed(response: Response, cause?: unknown): ClientError {
    const text = `what answered at ${this.#base} (status ${response.status}) is not ${this.#what} of a`;
    return new ClientError(`${text} Rejoin server, or of another version: check the URL`, {
      kind: "malformed",
      url: response.url,
      status: response.status,
      cause,
    });
  }

  urlOf(path: string): string {
    return `${this.#base}${path}`;
  }

  #unreachable(cause: unknown): ClientError {
    const { timeoutMs } = this.#options;
    const isTimeout = cause instanceof Error && cause.name === "TimeoutError";
    const text = isTimeout
      ? `${this.#what} at ${this.#base} has not answered for ${timeoutMs} ms: is the server overloaded?`
      : `cannot reach ${this.#what} at ${this.#base} (${describeCause(cause)}): ` +
        "is the server running, and is this its URL?";
    return new ClientError(text, { kind: "unreachable", url: this.#base, cause });
  }
}

/**
 * The base without a trailing slash; throws a `malformed` error unless it is an http(s) URL, and one
 * without credentials: `fetch` takes none there, and repeats them in its errors.
 */
export function toBaseUrl(url: string, what: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isHttp = parsed?.protocol === "http:" || parsed?.protocol === "https:";
  const shown = withoutCredentials(url);
  if (isHttp && parsed.username === "" && parsed.password === "") return url.replace(/\/+$/, "");
  throw new ClientError(
    isHttp
      ? `the URL of ${what} has a user or a password, ${shown}: leave it out, and give a token`
      : `${JSON.stringify(shown)} is no URL of ${what}: write it as http://host:port`,
    { kind: "malformed", url: shown },
  );
}

/** A URL, or what was meant to be one, that can be shown. */
export function withoutCredentials(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/*)?[^/?#]*@/i, "$1");
}

/**
 * Why an exchange failed: `fetch` says no more than "fetch failed"; the reason is below it,
 * or below an aggregate of it.
 */
export function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.message === "") {
    return describeCause(cause.errors[0]);
  }
  return cause instanceof Error ? describeCause(cause) : error.message;
}

function describeBody(text: string): { readonly message: string; readonly restateCode?: string } {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("message" in body)) return { message: text };
    const code = "restate_code" in body ? body.restate_code : undefined;
    const message = String(body.message);
    return typeof code === "string" ? { message, restateCode: code } : { message };
  } catch {
    return { message: text.trim() };
  }
}
