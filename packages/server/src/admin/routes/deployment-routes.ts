/** The routes below `/deployments`: what they take and give. */
import { createRoute, z } from "@hono/zod-openapi";
import { jsonBody } from "../request-body.ts";
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

export const listDeployments = createRoute({
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

export const getDeployment = createRoute({
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

/** With bodies up to `bytesMax`, as the next one. */
export function registerDeployment(bytesMax: number) {
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

export function updateDeployment(method: "patch" | "put", bytesMax: number) {
  return createRoute({
    method,
    path: "/deployments/{deployment}",
    tags,
    summary: method === "patch" ? "Update a deployment" : "Replace a deployment",
    description: "Asks the endpoint anew. What is in flight on the deployment moves with it.",
    operationId: method === "patch" ? "update_deployment" : "replace_deployment",
    deprecated: method === "put",
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

export const removeDeployment = createRoute({
  method: "delete",
  path: "/deployments/{deployment}",
  tags,
  summary: "Remove a deployment",
  description: "Refused while new or running invocations need it, unless forced.",
  operationId: "delete_deployment",
  request: { params, query: z.object({ force: FlagSchema.optional() }) },
  responses: { 202: { description: "It is removed." }, ...ERROR_RESPONSES },
});
