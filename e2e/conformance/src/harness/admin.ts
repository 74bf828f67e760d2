/** The operators' interface, and what it shows of invocations. */
import { type IngressAnswer, request } from "../../../src/support/ingress-client.ts";
import { until } from "./eventually.ts";
import type { InvocationView, Shown } from "./invocation-view.ts";

export interface RegistrationOptions {
  readonly http1: boolean;
  readonly force?: boolean;
}

export class Admin {
  readonly url: string;
  readonly #view: InvocationView;

  constructor(url: string, view: InvocationView) {
    this.url = url;
    this.#view = view;
  }

  /** The answer, whatever it is. */
  request(method: string, path: string, body?: unknown): Promise<IngressAnswer> {
    return request(`${this.url}${path}`, { method, ...(body === undefined ? {} : { body }) });
  }

  /** The answer, which must be a success, as JSON. */
  async must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.request(method, path, body);
    if (answer.status < 200 || answer.status > 299) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    }
    return (answer.text === "" ? undefined : answer.json()) as T;
  }

  /** Registers a deployment; gives its id. */
  async register(uri: string, { http1, force = false }: RegistrationOptions): Promise<string> {
    const body = { uri, use_http_11: http1, force };
    return (await this.must<{ id: string }>("POST", "/deployments", body)).id;
  }

  /** The features of the server that are on. */
  async features(): Promise<readonly string[]> {
    const { features = {} } = await this.must<{ features?: Record<string, boolean> }>(
      "GET",
      "/version",
    );
    return Object.keys(features).filter((name) => features[name]);
  }

  /** Does something to an invocation: `cancel`, `kill`, `pause`, `resume`, … */
  act(invocationId: string, action: string, query = ""): Promise<IngressAnswer> {
    return this.request("PATCH", `/invocations/${invocationId}/${action}${query}`);
  }

  /** {@link act}, which must succeed. */
  mustAct<T>(invocationId: string, action: string, query = ""): Promise<T> {
    return this.must("PATCH", `/invocations/${invocationId}/${action}${query}`);
  }

  /** An invocation; `undefined` if the server does not know it. */
  read(invocationId: string): Promise<Shown | undefined> {
    return this.#view.read(this.url, invocationId);
  }

  /** The kinds of a journal's entries, such as `Command: Input`, in order. */
  journal(invocationId: string): Promise<readonly string[]> {
    return this.#view.journal(this.url, invocationId);
  }

  /** Every invocation of a service. */
  list(service: string): Promise<readonly Shown[]> {
    return this.#view.list(this.url, service);
  }

  /** Asks until the invocation's journal has an entry of this kind. */
  untilJournaled(invocationId: string, kind: string): Promise<readonly string[]> {
    return until(
      `${invocationId} has journaled ${kind}`,
      () => this.journal(invocationId),
      (journal) => journal.includes(kind),
    );
  }

  /** Asks until the invocation's status is as wanted. */
  untilStatus(invocationId: string, wanted: string): Promise<Shown | undefined> {
    return until(
      `${invocationId} is ${wanted}`,
      () => this.read(invocationId),
      (shown) => shown?.status === wanted,
    );
  }
}
