/** Calls handlers through the ingress. */
import { type ClientOptions, Http } from "../http.ts";

/** A handler to call: of a plain service, or with `key` of an object or workflow. */
export interface CallTarget {
  readonly service: string;
  readonly key?: string;
  readonly handler: string;
}

export interface CallOptions {
  /** Calls with the same key are one invocation. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SendOptions extends CallOptions {
  /** When to start, from now, such as `10s` or `PT10S`. */
  readonly delay?: string;
}

/** What the server said of a one-way call. */
export interface SendReceipt {
  readonly invocationId: string;
  readonly status: "Accepted" | "PreviouslyAccepted";
  /** When a delayed one is due. */
  readonly executionTime?: string;
}

/** Values are JSON; `undefined` stands for an empty body, both ways. */
export interface IngressClient {
  /** Calls and waits for the result; rejects with `refused` if the handler fails for good. */
  call(target: CallTarget, input?: unknown, options?: CallOptions): Promise<unknown>;
  /** Calls without waiting; the call is durable when this resolves. */
  send(target: CallTarget, input?: unknown, options?: SendOptions): Promise<SendReceipt>;
  /** Waits for the result of an invocation. */
  attach(invocationId: string): Promise<unknown>;
}

/** An ingress client; `options.url` is that of the ingress, such as `http://127.0.0.1:8080`. */
export function createIngressClient(options: ClientOptions): IngressClient {
  const http = new Http(options, "the ingress");
  const exchange = async (path: string, input?: unknown, own: CallOptions = {}) => {
    const hasBody = input !== undefined;
    const response = await http.send({
      method: "POST",
      path,
      headers: {
        ...own.headers,
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...(own.idempotencyKey === undefined ? {} : { "idempotency-key": own.idempotencyKey }),
      },
      ...(hasBody ? { body: JSON.stringify(input) } : {}),
    });
    return readResult(http, response);
  };
  return {
    call: (target, input, own) => exchange(`/restate/call/${pathOf(target)}`, input, own),
    send: async (target, input, own = {}) => {
      const delay = own.delay === undefined ? "" : `?delay=${encodeURIComponent(own.delay)}`;
      const path = `/restate/send/${pathOf(target)}${delay}`;
      return (await exchange(path, input, own)) as SendReceipt;
    },
    attach: async (invocationId) => {
      const path = `/restate/attach/${encodeURIComponent(invocationId)}`;
      return readResult(http, await http.send({ method: "GET", path }));
    },
  };
}

function pathOf({ service, key, handler }: CallTarget): string {
  return [service, ...(key === undefined ? [] : [key]), handler].map(encodeURIComponent).join("/");
}

async function readResult(http: Http, response: Response): Promise<unknown> {
  if (!response.ok) throw await http.refusal(response);
  const text = await http.text(response);
  const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
  if (!isJson) return text === "" ? undefined : text;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw http.malformed(response, error);
  }
}
