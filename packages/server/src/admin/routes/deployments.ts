/** Answers requests below `/deployments`. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { DeploymentAuth } from "../../google/deployment-auth.ts";
import type { DeploymentRecord } from "../../registry/document.ts";
import type { RegisterRequest, UpdateRequest } from "../../registry/registrar.ts";
import { unknownDeployment } from "../../registry/registry-error.ts";
import type { RegistrySnapshot } from "../../registry/snapshot.ts";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { toDeployment, toDetailedDeployment, toRegistered } from "../resources/deployment.ts";
import type { RegisterBody, UpdateBody } from "../schemas/deployment.ts";
import * as routes from "./deployment-routes.ts";

export function addDeploymentRoutes(api: OpenAPIHono, context: ApiContext): void {
  addReads(api, context);
  addRegister(api, context);
  addUpdate(api, context);
  if (context.version === 2) addReplace(api, context);
  addRemove(api, context);
}

function addReads(api: OpenAPIHono, context: ApiContext): void {
  const { ports, writeId } = context;

  api.openapi(routes.listDeployments, (c) => {
    const { deployments } = ports.registry();
    return c.json({ deployments: deployments.map((record) => toDeployment(record, writeId)) }, 200);
  });

  api.openapi(routes.getDeployment, (c) => {
    const snapshot = ports.registry();
    const record = find(snapshot, context.readId(c.req.valid("param").deployment));
    return c.json(toDetailedDeployment(record, snapshot, writeId), 200);
  });
}

function addRegister(api: OpenAPIHono, { ports, limits, version, writeId }: ApiContext): void {
  const route = routes.registerDeployment(limits.adminBodyBytesMax);
  const isVersion2 = version === 2;

  api.openapi(route, async (c) => {
    const body = c.req.valid("json");
    const { result, snapshot } = await ports.deployments.register(
      toRegisterRequest(body, isVersion2),
    );
    if (isVersion2 && result.outcome === "unchanged") {
      const text = `deployment ${result.id} has the address ${body.uri ?? body.arn}; replace it with force`;
      throw new ApiError(409, text, "META0004");
    }
    const status = isVersion2 || result.outcome === "created" ? 201 : 200;
    c.header("location", `deployments/${encodeURIComponent(writeId(result.id))}`);
    return c.json(toRegistered(find(snapshot, result.id), snapshot, writeId), status);
  });
}

function addUpdate(api: OpenAPIHono, context: ApiContext): void {
  const { ports, limits, writeId } = context;
  const route = routes.updateDeployment("patch", limits.adminBodyBytesMax);

  api.openapi(route, async (c) => {
    const id = context.readId(c.req.valid("param").deployment);
    const request = toUpdateRequest(c.req.valid("json"));
    const { snapshot } = await ports.deployments.update(id, request);
    return c.json(toDetailedDeployment(find(snapshot, id), snapshot, writeId), 200);
  });
}

/** What version 2 has instead of an update with `overwrite`. */
function addReplace(api: OpenAPIHono, context: ApiContext): void {
  const { ports, limits, writeId } = context;
  const route = routes.updateDeployment("put", limits.adminBodyBytesMax);

  api.openapi(route, async (c) => {
    const id = context.readId(c.req.valid("param").deployment);
    const request = { ...toUpdateRequest(c.req.valid("json")), overwrite: true };
    const { snapshot } = await ports.deployments.update(id, request);
    return c.json(toDetailedDeployment(find(snapshot, id), snapshot, writeId), 200);
  });
}

function addRemove(api: OpenAPIHono, context: ApiContext): void {
  api.openapi(routes.removeDeployment, async (c) => {
    const { force = false } = c.req.valid("query");
    const id = context.readId(c.req.valid("param").deployment);
    await context.ports.deployments.remove(id, force);
    return c.body(null, 202);
  });
}

function find(snapshot: RegistrySnapshot, id: string): DeploymentRecord {
  const record = snapshot.deployment(id);
  if (record === undefined) throw unknownDeployment(id);
  return record;
}

function toRegisterRequest(body: RegisterBody, forceByDefault: boolean): RegisterRequest {
  return {
    ...placeOf(body),
    additionalHeaders: body.additional_headers ?? undefined,
    useHttp11: body.use_http_11 ?? undefined,
    metadata: body.metadata ?? undefined,
    force: body.force ?? forceByDefault,
    breaking: body.breaking ?? false,
    dryRun: body.dry_run ?? false,
  };
}

function toUpdateRequest(body: UpdateBody): UpdateRequest {
  return {
    ...placeOf(body),
    additionalHeaders: body.additional_headers ?? undefined,
    useHttp11: body.use_http_11 ?? undefined,
    overwrite: body.overwrite ?? false,
    dryRun: body.dry_run ?? false,
  };
}

function placeOf({ uri, arn, assume_role_arn, auth }: RegisterBody | UpdateBody) {
  return {
    uri: uri ?? undefined,
    arn: arn ?? undefined,
    assumeRoleArn: assume_role_arn ?? undefined,
    auth: toAuth(auth),
  };
}

function toAuth(auth: RegisterBody["auth"]): DeploymentAuth | undefined {
  if (auth === undefined || auth === null) return undefined;
  const { impersonate_service_account: account, audience } = auth.GoogleIdToken;
  return {
    kind: "googleIdToken",
    ...(account ? { impersonateServiceAccount: account } : {}),
    ...(audience ? { audience } : {}),
  };
}
