/** User traffic, as plain HTTP. */
import { randomUUID } from "node:crypto";
import {
  type IngressAnswer,
  type IngressCall,
  request,
} from "../../../src/support/ingress-client.ts";

/** Service and handler, with a key between them where there is one. */
export type Target = readonly [service: string, handler: string] | KeyedTarget;
export type KeyedTarget = readonly [service: string, key: string, handler: string];

export interface Failure {
  readonly code: number;
  readonly message: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An answer that is no success. */
export class IngressError extends Error {
  readonly status: number;
  readonly failure: Failure;

  constructor(what: string, { status, text }: IngressAnswer) {
    super(`${what} answered ${status}: ${text}`);
    this.status = status;
    this.failure = parseFailure(status, text);
  }
}

function parseFailure(status: number, text: string): Failure {
  try {
    return JSON.parse(text) as Failure;
  } catch {
    return { code: status, message: text };
  }
}

export interface Sent {
  readonly invocationId: string;
  readonly status: "Accepted" | "PreviouslyAccepted";
}

export interface CallOptions {
  /** A random one if it is absent; `null` for none. */
  readonly idempotencyKey?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  /** In front of the target, such as `/restate/scope/a/call`. */
  readonly prefix?: string;
}

export class Ingress {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** The answer, whatever it is. */
  request(path: string, call: IngressCall = {}): Promise<IngressAnswer> {
    return request(`${this.url}${path}`, call);
  }

  /** A call of a handler; the answer, whatever it is. */
  tryCall(target: Target, body?: unknown, options: CallOptions = {}): Promise<IngressAnswer> {
    const { prefix = "", query = "" } = options;
    return this.request(`${prefix}${toPath(target)}${query}`, {
      headers: toHeaders(options),
      ...(body === undefined ? {} : { body }),
    });
  }

  /** The result of a handler; throws an {@link IngressError} if it failed. */
  async call<T>(target: Target, body?: unknown, options?: CallOptions): Promise<T> {
    return read(toPath(target), await this.tryCall(target, body, options));
  }

  /** Resolves when the invocation is accepted. */
  async send(target: Target, body?: unknown, options: CallOptions = {}): Promise<Sent> {
    const { prefix, query = "" } = options;
    const path = prefix === undefined ? `${toPath(target)}/send` : `${prefix}${toPath(target)}`;
    const answer = await this.request(`${path}${query}`, {
      headers: toHeaders(options),
      ...(body === undefined ? {} : { body }),
    });
    return read(path, answer);
  }

  /** The result of an invocation, when it has completed. */
  attach<T>(invocationId: string): Promise<T> {
    return this.get(`/restate/invocation/${invocationId}/attach`);
  }

  /** What a path has; throws an {@link IngressError} unless it has something. */
  async get<T>(path: string): Promise<T> {
    return read(path, await this.request(path, { method: "GET" }));
  }

  /** Completes an awakeable with a JSON value. */
  async resolveAwakeable(id: string, value: unknown): Promise<void> {
    read(id, await this.request(`/restate/awakeables/${id}/resolve`, { body: value }));
  }

  async rejectAwakeable(id: string, reason: string): Promise<void> {
    const path = `/restate/awakeables/${id}/reject`;
    const headers = { "content-type": "text/plain" };
    read(id, await this.request(path, { headers, body: Buffer.from(reason) }));
  }
}

function read<T>(what: string, answer: IngressAnswer): T {
  if (answer.status < 200 || answer.status > 299) throw new IngressError(what, answer);
  return (answer.text === "" ? undefined : answer.json()) as T;
}

/** `/Counter/a%20key/add` */
export function toPath(target: Target): string {
  const [service, second, third] = target;
  if (third === undefined) return `/${service}/${second}`;
  return `/${service}/${encodeURIComponent(second)}/${third}`;
}

function toHeaders({ idempotencyKey = randomUUID(), headers = {} }: CallOptions) {
  return idempotencyKey === null ? headers : { "idempotency-key": idempotencyKey, ...headers };
}

/** A key or name that no other test has. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}
