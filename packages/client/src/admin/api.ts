/** The exchanges of the admin client. */
import type { Http, HttpRequest } from "../http.ts";
import type {
  DeploymentDetails,
  RegisterDeploymentRequest,
  RegisterDeploymentResponse,
  Registration,
  UpdateDeploymentRequest,
} from "./resources.ts";
import { fits, SHAPES, type Shape } from "./shape.ts";

/** Requests to the admin API, and what their answers must look like. */
export class Api {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  async exchange(request: HttpRequest): Promise<Response> {
    const response = await this.#http.send(request);
    if (!response.ok) throw await this.#http.refusal(response);
    return response;
  }

  /** What there is at a path. */
  async resource<T>(path: string, shape: Shape): Promise<T> {
    return this.read(await this.exchange({ method: "GET", path }), shape);
  }

  async register(request: RegisterDeploymentRequest): Promise<Registration> {
    const response = await this.exchange(jsonRequest("POST", "/deployments", request));
    const deployment = await this.read<RegisterDeploymentResponse>(response, SHAPES.deployment);
    return { created: response.status === 201, deployment };
  }

  async update(id: string, request: UpdateDeploymentRequest): Promise<DeploymentDetails> {
    const path = `/deployments/${encodeURIComponent(id)}`;
    return this.change(jsonRequest("PATCH", path, request), SHAPES.deployment);
  }

  /** Sends a body, and reads what is answered. */
  async change<T>(request: HttpRequest, shape: Shape): Promise<T> {
    return this.read(await this.exchange(request), shape);
  }

  async read<T>(response: Response, shape: Shape): Promise<T> {
    const body = await this.#http.json(response);
    if (!fits(body, shape)) throw this.#http.malformed(response);
    return body as T;
  }
}

/** A request with a JSON body. */
export function jsonRequest(
  method: "POST" | "PUT" | "PATCH",
  path: string,
  body: unknown,
): HttpRequest {
  const headers = { "content-type": "application/json" };
  return { method, path, headers, body: JSON.stringify(body) };
}

export type QueryValue = string | number | boolean | readonly string[] | undefined;

/** `?a=1&b=2`, of the members that are given, lists with commas; "" for none. */
export function toQuery(members: Readonly<Record<string, QueryValue>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query}`;
}
