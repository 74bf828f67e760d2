/** `/subscriptions` and `/kafka-clusters`: there are none, and none can be made. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { ApiError } from "../api-error.ts";
import { ErrorSchema, jsonResponse } from "../schemas/common.ts";

const tags = ["kafka"];
const NOT_SUPPORTED =
  "this server does not consume Kafka topics; consume them beside it, and send each record to the " +
  "ingress with its topic, partition and offset as the idempotency key";

const NOT_FOUND = { 404: jsonResponse("There is none.", ErrorSchema) } as const;

interface Collection {
  readonly path: "/subscriptions" | "/kafka-clusters";
  /** The member of a list. */
  readonly member: "subscriptions" | "clusters";
  readonly what: "subscription" | "Kafka cluster";
  readonly methods: readonly ("get" | "patch" | "delete")[];
}

const COLLECTIONS: readonly Collection[] = [
  {
    path: "/subscriptions",
    member: "subscriptions",
    what: "subscription",
    methods: ["get", "delete"],
  },
  {
    path: "/kafka-clusters",
    member: "clusters",
    what: "Kafka cluster",
    methods: ["get", "patch", "delete"],
  },
];

export function addKafkaRoutes(api: OpenAPIHono): void {
  for (const collection of COLLECTIONS) addCollection(api, collection);
}

function addCollection(api: OpenAPIHono, { path, member, what, methods }: Collection): void {
  const id = member === "clusters" ? "kafka_cluster" : "subscription";
  const list = createRoute({
    method: "get",
    path,
    tags,
    summary: `List ${what}s`,
    operationId: `list_${id}s`,
    responses: { 200: jsonResponse("None.", z.object({ [member]: z.array(z.unknown()) })) },
  });
  api.openapi(list, (c) => c.json({ [member]: [] }, 200));

  const create = createRoute({
    method: "post",
    path,
    tags,
    summary: `Create a ${what}`,
    operationId: `create_${id}`,
    responses: { 501: jsonResponse("It is not supported.", ErrorSchema) },
  });
  api.openapi(create, () => {
    throw new ApiError(501, NOT_SUPPORTED);
  });

  for (const method of methods) {
    const one = createRoute({
      method,
      path: `${path}/{name}`,
      tags,
      summary: `${SUMMARIES[method]} a ${what}`,
      operationId: `${method}_${id}`,
      request: { params: z.object({ name: z.string() }) },
      responses: NOT_FOUND,
    });
    api.openapi(one, (c) => {
      throw new ApiError(404, `there is no ${what} ${c.req.valid("param").name}`);
    });
  }
}

const SUMMARIES = { get: "Show", patch: "Change", delete: "Delete" } as const;
