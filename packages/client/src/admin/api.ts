/** The exchanges of the admin client. */
import type { Http, HttpRequest } from "../http.ts";
import type {
  DeploymentDetails,
  RegisterDeploymentRequest,
  RegisterDeploymentResponse,
  Registration,
  UpdateDeploymentRequest,
} from "./resources.ts";

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

  /** An object, known by one of its members. */
  async resource<T>(path: string, member: string): Promise<T> {
    return this.read(await this.exchange({ method: "GET", path }), member);
  }

  /** The array below `member`. */
  async list<T>(path: string, member: string): Promise<readonly T[]> {
    const response = await this.exchange({ method: "GET", path });
    const body = await this.read<Readonly<Record<string, unknown>>>(response, member);
    const list = body[member];
    if (!Array.isArray(list)) throw this.#http.malformed(response);
    return list as T[];
  }

  async register(request: RegisterDeploymentRequest): Promise<Registration> {
    const response = await this.exchange(jsonRequest("POST", "/deployments", request));
    const deployment = await this.read<RegisterDeploymentResponse>(response, "id");
    return { created: response.status === 201, deployment };
  }

  async update(id: string, request: UpdateDeploymentRequest): Promise<DeploymentDetails> {
    const path = `/deployments/${encodeURIComponent(id)}`;
    return this.change("PATCH", path, request, "id");
  }

  /** Sends a body; the answer is an object, known by one of its members. */
  async change<T>(
    method: "POST" | "PATCH",
    path: string,
    body: unknown,
    member: string,
  ): Promise<T> {
    return this.read(await this.exchange(jsonRequest(method, path, body)), member);
  }

  /** The answer is an array. */
  async array<T>(request: HttpRequest): Promise<readonly T[]> {
    const response = await this.exchange(request);
    const body = await this.#http.json(response);
    if (!Array.isArray(body)) throw this.#http.malformed(response);
    return body as T[];
  }

  async read<T>(response: Response, member: string): Promise<T> {
    const body = await this.#http.json(response);
    const fits = typeof body === "object" && body !== null && member in body;
    if (!fits) throw this.#http.malformed(response);
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
