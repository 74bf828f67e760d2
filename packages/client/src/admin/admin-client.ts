/** A client of the admin API. */
import { type ClientOptions, Http } from "../http.ts";
import { Api, toQuery } from "./api.ts";
import { type IntrospectionClient, introspectionMethods } from "./introspection-client.ts";
import type {
  InvocationDetails,
  InvocationPage,
  InvocationQuery,
  JournalRange,
} from "./invocations.ts";
import { type JournalClient, journalMethods } from "./journal-client.ts";
import { type OperationClient, operationMethods } from "./operation-client.ts";
import type {
  ClusterHealth,
  DeploymentDetails,
  DeploymentResource,
  RegisterDeploymentRequest,
  Registration,
  UpdateDeploymentRequest,
  VersionInfo,
} from "./resources.ts";
import { type RuleClient, ruleMethods } from "./rule-client.ts";
import { type ServiceClient, serviceMethods } from "./service-client.ts";
import { SHAPES } from "./shape.ts";

/** Every method rejects with a `ClientError`, and with nothing else. */
export interface AdminClient
  extends IntrospectionClient,
    JournalClient,
    OperationClient,
    RuleClient,
    ServiceClient {
  version(): Promise<VersionInfo>;
  /** Resolves if the server is up and ready. */
  health(): Promise<void>;
  /** The name and the nodes of the cluster. */
  clusterHealth(): Promise<ClusterHealth>;
  /** The admin API itself, as an OpenAPI 3.1 document. */
  getDocument(): Promise<Readonly<Record<string, unknown>>>;
  listDeployments(): Promise<readonly DeploymentResource[]>;
  /** Status 404 if there is none of this id. */
  getDeployment(id: string): Promise<DeploymentDetails>;
  /** `META0003` if the endpoint cannot be discovered, `META0006` if a service changes its type. */
  registerDeployment(request: RegisterDeploymentRequest): Promise<Registration>;
  updateDeployment(id: string, request: UpdateDeploymentRequest): Promise<DeploymentDetails>;
  /** With `force` even while invocations need it. */
  removeDeployment(id: string, options?: { readonly force?: boolean }): Promise<void>;
  /** The newest first, unless said otherwise. */
  listInvocations(query?: InvocationQuery): Promise<InvocationPage>;
  /** With a page of its journal. */
  getInvocation(id: string, journal?: JournalRange): Promise<InvocationDetails>;
}

/** An admin client; `options.url` is that of the admin API, such as `http://127.0.0.1:9070`. */
export function createAdminClient(options: ClientOptions): AdminClient {
  const api = new Api(new Http(options, "the admin API"));
  return {
    version: () => api.resource("/version", SHAPES.version),
    health: async () => void (await api.exchange({ method: "GET", path: "/health" })),
    clusterHealth: () => api.resource("/cluster-health", SHAPES.clusterHealth),
    getDocument: () => api.resource("/openapi", SHAPES.document),
    listDeployments: async () => {
      const path = "/deployments";
      type Listed = { readonly deployments: readonly DeploymentResource[] };
      return (await api.resource<Listed>(path, SHAPES.deployments)).deployments;
    },
    getDeployment: (id) =>
      api.resource(`/deployments/${encodeURIComponent(id)}`, SHAPES.deployment),
    registerDeployment: (request) => api.register(request),
    updateDeployment: (id, request) => api.update(id, request),
    removeDeployment: async (id, { force = false } = {}) => {
      const path = `/deployments/${encodeURIComponent(id)}${force ? "?force=true" : ""}`;
      await api.exchange({ method: "DELETE", path });
    },
    listInvocations: (query) =>
      api.resource(`/invocations${toQuery({ ...query })}`, SHAPES.invocations),
    getInvocation: (id, { from, limit } = {}) => {
      const query = toQuery({ journal_from: from, journal_limit: limit });
      return api.resource(`/invocations/${encodeURIComponent(id)}${query}`, SHAPES.invocation);
    },
    ...introspectionMethods(api),
    ...journalMethods(api),
    ...serviceMethods(api),
    ...operationMethods(api),
    ...ruleMethods(api),
  };
}
