/** `/health`, `/version`, `/cluster-health`. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { API_VERSIONS, type ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { ERROR_RESPONSES, jsonResponse } from "../schemas/common.ts";

const tags = ["server"];
/** By these names the tools of the ecosystem ask; some depend on how the server is configured. */
const FEATURES = {
  vqueues: true,
  protocol_v7: false,
  kafka_scope: false,
  scoped_virtual_objects: true,
  unique_random_seeds: false,
  invoker_yield: false,
  preflight_invocation_termination_retention: false,
} as const;

const health = createRoute({
  method: "get",
  path: "/health",
  tags,
  summary: "Whether the server is ready",
  operationId: "health",
  responses: { 200: { description: "It is." }, 503: ERROR_RESPONSES[503] },
});

const VersionSchema = z
  .object({
    version: z.string(),
    min_admin_api_version: z.number(),
    max_admin_api_version: z.number(),
    ingress_endpoint: z.string(),
    features: z.record(z.string(), z.boolean()),
  })
  .openapi("Version");

const version = createRoute({
  method: "get",
  path: "/version",
  tags,
  summary: "The version of the server and of this API",
  operationId: "version",
  responses: { 200: jsonResponse("The versions.", VersionSchema) },
});

const ClusterHealthSchema = z
  .object({
    cluster_name: z.string(),
    metadata_cluster_health: z.object({ members: z.array(z.number()) }),
  })
  .openapi("ClusterHealth");

const clusterHealth = createRoute({
  method: "get",
  path: "/cluster-health",
  tags,
  summary: "The nodes of the cluster",
  operationId: "cluster_health",
  deprecated: true,
  responses: { 200: jsonResponse("The nodes.", ClusterHealthSchema) },
});

export function addServerRoutes(api: OpenAPIHono, { ports }: ApiContext): void {
  const { info } = ports;

  api.openapi(health, (c) => {
    if (ports.isReady()) return c.body(null, 200);
    throw new ApiError(503, "the server is not ready: its partitions are being opened");
  });

  api.openapi(version, (c) =>
    c.json(
      {
        version: info.version,
        min_admin_api_version: Math.min(...API_VERSIONS),
        max_admin_api_version: Math.max(...API_VERSIONS),
        ingress_endpoint: info.ingressUrl,
        features: { ...FEATURES, ...info.features },
      },
      200,
    ),
  );

  api.openapi(clusterHealth, (c) =>
    c.json({ cluster_name: info.clusterName, metadata_cluster_health: { members: [1] } }, 200),
  );
}
