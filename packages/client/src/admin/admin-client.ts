/** A client of the admin API. */
import { type ClientOptions, Http, type HttpRequest } from "../http.ts";
import type {
  InvocationDetails,
  InvocationFilter,
  InvocationPage,
  JournalRange,
} from "./invocations.ts";
import type {
  DeploymentDetails,
  DeploymentResource,
  RegisterDeploymentRequest,
  RegisterDeploymentResponse,
  Registration,
  ServiceResource,
  UpdateDeploymentRequest,
  VersionInfo,
} from "./resources.ts";

/** Every method rejects with a `ClientError`, and with nothing else. */
export interface AdminClient {
  version(): Promise<VersionInfo>;
  /** Resolves if the server is up and ready. */
  health(): Promise<void>;
  listDeployments(): Promise<readonly DeploymentResource[]>;
  /** Status 404 if there is none of this id. */
  getDeployment(id: string): Promise<DeploymentDetails>;
  /** `META0003` if the endpoint cannot be discovered, `META0006` if a service changes its type. */
  registerDeployment(request: RegisterDeploymentRequest): Promise<Registration>;
  updateDeployment(id: string, request: UpdateDeploymentRequest): Promise<DeploymentDetails>;
  /** With `force` even while invocations need it. */
  removeDeployment(id: string, options?: { readonly force?: boolean }): Promise<void>;
  /** The newest revision of each. */
  listServices(): Promise<readonly ServiceResource[]>;
  getService(name: string): Promise<ServiceResource>;
  /** The newest first. */
  listInvocations(filter?: InvocationFilter): Promise<InvocationPage>;
  /** With a page of its journal. */
  getInvocation(id: string, journal?: JournalRange): Promise<InvocationDetails>;
}

/** An admin client; `options.url` is that of the admin API, such as `http://127.0.0.1:9070`. */
export function createAdminClient(options: ClientOptions): AdminClient {
  const api = new Api(new Http(options, "the admin API"));
  return {
    version: () => api.resource("/version", "version"),
    health: async () => void (await api.exchange({ method: "GET", path: "/health" })),
    listDeployments: () => api.list("/deployments", "deployments"),
    getDeployment: (id) => api.resource(`/deployments/${encodeURIComponent(id)}`, "id"),
    registerDeployment: (request) => api.register(request),
    updateDeployment: (id, request) => api.update(id, request),
    removeDeployment: async (id, { force = false } = {}) => {
      const path = `/deployments/${encodeURIComponent(id)}${force ? "?force=true" : ""}`;
      await api.exchange({ method: "DELETE", path });
    },
    listServices: () => api.list("/services", "services"),
    getService: (name) => api.resource(`/services/${encodeURIComponent(name)}`, "name"),
    listInvocations: (filter) =>
      api.resource(`/invocations${toQuery({ ...filter })}`, "invocations"),
    getInvocation: (id, { from, limit } = {}) => {
      const query = toQuery({ journal_from: from, journal_limit: limit });
      return api.resource(`/invocations/${encodeURIComponent(id)}${query}`, "id");
    },
  };
}

class Api {
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
    return this.#read(await this.exchange({ method: "GET", path }), member);
  }

  /** The array below `member`. */
  async list<T>(path: string, member: string): Promise<readonly T[]> {
    const response = await this.exchange({ method: "GET", path });
    const body = await this.#read<Readonly<Record<string, unknown>>>(response, member);
    const list = body[member];
    if (!Array.isArray(list)) throw this.#http.malformed(response);
    return list as T[];
  }

  async register(request: RegisterDeploymentRequest): Promise<Registration> {
    const response = await this.exchange(jsonRequest("POST", "/deployments", request));
    const deployment = await this.#read<RegisterDeploymentResponse>(response, "id");
    return { created: response.status === 201, deployment };
  }

  async update(id: string, request: UpdateDeploymentRequest): Promise<DeploymentDetails> {
    const path = `/deployments/${encodeURIComponent(id)}`;
    return this.#read(await this.exchange(jsonRequest("PATCH", path, request)), "id");
  }

  async #read<T>(response: Response, member: string): Promise<T> {
    const body = await this.#http.json(response);
    const fits = typeof body === "object" && body !== null && member in body;
    if (!fits) throw this.#http.malformed(response);
    return body as T;
  }
}

function jsonRequest(method: "POST" | "PATCH", path: string, body: unknown): HttpRequest {
  const headers = { "content-type": "application/json" };
  return { method, path, headers, body: JSON.stringify(body) };
}

function toQuery(members: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query}`;
}
