/** `/deployments`. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { DeploymentRecord } from "../../registry/document.ts";
import type { RegistrySnapshot } from "../../registry/snapshot.ts";
import { ApiError } from "../api-error.ts";
import type { ApiContext } from "../api-context.ts";
import { jsonBody } from "../request-body.ts";
import { toDeployment, toDetailedDeployment, toRegistered } from "../resources/deployment.ts";
import { ERROR_RESPONSES, FlagSchema, jsonResponse } from "../schemas/common.ts";
import {
  DeploymentSchema,
  DetailedDeploymentSchema,
  RegisterBodySchema,
  RegisteredSchema,
  UpdateBodySchema,
} from "../schemas/deployment.ts";
import { DeploymentIdSchema } from "../schemas/ids.ts";

const tags = ["deployment"];
const params = z.object({ deployment: DeploymentIdSchema });

const list = createRoute({
  method: "get",
  path: "/deployments",
  tags,
  summary: "List the deployments",
  operationId: "list_deployments",
  responses: {
    200: jsonResponse("All of them.", z.object({ deployments: z.array(DeploymentSchema) })),
    ...ERROR_RESPONSES,
  },
});

const get = createRoute({
  method: "get",
  path: "/deployments/{deployment}",
  tags,
  summary: "Show a deployment",
  operationId: "get_deployment",
  request: { params },
  responses: {
    200: jsonResponse("The deployment with its services.", DetailedDeploymentSchema),
    ...ERROR_RESPONSES,
  },
});

function registerRoute(bytesMax: number) {
  return createRoute({
    method: "post",
    path: "/deployments",
    tags,
    summary: "Register a deployment",
    description: "Asks the endpoint for its services; new invocations of them go there.",
    operationId: "create_deployment",
    middleware: jsonBody(bytesMax),
    request: {
      body: { required: true, content: { "application/json": { schema: RegisterBodySchema } } },
    },
    responses: {
      200: jsonResponse("It is known, and unchanged unless forced.", RegisteredSchema),
      201: jsonResponse("It is registered.", RegisteredSchema),
      ...ERROR_RESPONSES,
    },
  });
}

function updateRoute(method: "patch" | "put", bytesMax: number) {
  return createRoute({
    method,
    path: "/deployments/{deployment}",
    tags,
    summary: "Update a deployment",
    description: "Moves it to another address, with what is in flight on it.",
    operationId: method === "patch" ? "update_deployment" : "replace_deployment",
    middleware: jsonBody(bytesMax),
    request: {
      params,
      body: { required: true, content: { "application/json": { schema: UpdateBodySchema } } },
    },
    responses: {
      200: jsonResponse("The deployment as it is now.", DetailedDeploymentSchema),
      ...ERROR_RESPONSES,
    },
  });
}

const remove = createRoute({
  method: "delete",
  path: "/deployments/{deployment}",
  tags,
  summary: "Remove a deployment",
  description: "Refused while new or running invocations need it, unless forced.",
  operationId: "delete_deployment",
  request: { params, query: z.object({ force: FlagSchema.optional() }) },
  responses: { 202: { description: "It is removed." }, ...ERROR_RESPONSES },
});

export function addDeploymentRoutes(api: OpenAPIHono, context: ApiContext): void {
  const { ports, version, limits } = context;
  const bytesMax = limits.adminBodyBytesMax;

  api.openapi(list, (c) => {
    return c.json({ deployments: ports.registry().deployments.map(toDeployment) }, 200);
  });

  api.openapi(get, (c) => {
    const snapshot = ports.registry();
    const record = find(snapshot, c.req.valid("param").deployment);
    return c.json(toDetailedDeployment(record, snapshot), 200);
  });

  api.openapi(registerRoute(bytesMax), async (c) => {
    const body = c.req.valid("json");
    const uri = uriOf(body);
    if (uri === undefined) throw new ApiError(400, "uri is missing");
    const force = body.force ?? version === 2;
    const { result, snapshot } = await ports.deployments.register({
      uri,
      additionalHeaders: body.additional_headers ?? undefined,
      useHttp11: body.use_http_11 ?? undefined,
      metadata: body.metadata ?? undefined,
      force,
      breaking: body.breaking ?? false,
      dryRun: body.dry_run ?? false,
    });
    const isOld = version === 2;
    if (isOld && result.outcome === "unchanged") {
      const text = `deployment ${result.id} has the address ${uri}; replace it with force`;
      throw new ApiError(409, text, "META0004");
    }
    const status = result.outcome === "created" || isOld ? 201 : 200;
    c.header("location", `deployments/${encodeURIComponent(result.id)}`);
    return c.json(toRegistered(find(snapshot, result.id), snapshot), status);
  });

  const update = updateRoute("patch", bytesMax);
  api.openapi(update, async (c) => {
    const { deployment } = c.req.valid("param");
    const body = c.req.valid("json");
    const { snapshot } = await ports.deployments.update(deployment, {
      uri: uriOf(body),
      additionalHeaders: body.additional_headers ?? undefined,
      useHttp11: body.use_http_11 ?? undefined,
      overwrite: body.overwrite ?? false,
      dryRun: body.dry_run ?? false,
    });
    return c.json(toDetailedDeployment(find(snapshot, deployment), snapshot), 200);
  });

  api.openapi(remove, async (c) => {
    const { force = false } = c.req.valid("query");
    await ports.deployments.remove(c.req.valid("param").deployment, force);
    return c.body(null, 202);
  });
}

function find(snapshot: RegistrySnapshot, id: string): DeploymentRecord {
  const record = snapshot.deployment(id);
  if (record === undefined) throw new ApiError(404, `there is no deployment ${id}; see GET /deployments`);
  return record;
}

interface AddressFields {
  readonly uri?: string | null | undefined;
  readonly arn?: string | null | undefined;
  readonly auth?: unknown;
}

function uriOf({ uri, arn, auth }: AddressFields): string | undefined {
  if (typeof arn === "string") {
    throw new ApiError(501, "deployments on AWS Lambda are not supported yet; register an HTTP address");
  }
  if (auth !== undefined && auth !== null) {
    throw new ApiError(501, "auth is not supported yet; send a token in additional_headers");
  }
  return uri ?? undefined;
}
