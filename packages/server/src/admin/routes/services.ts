/** `/services`: what is registered, and what an operator sets on it. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { RegistrySnapshot, ServiceView } from "../../registry/snapshot.ts";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { jsonBody } from "../request-body.ts";
import { toHandler, toService } from "../resources/service.ts";
import { toServiceChange } from "../resources/service-change.ts";
import { ERROR_RESPONSES, jsonRequest, jsonResponse } from "../schemas/common.ts";
import { HandlerSchema, ServiceChangeSchema, ServiceSchema } from "../schemas/service.ts";
import { describeService } from "../service-document/service-document.ts";

const tags = ["service"];
const params = z.object({ service: z.string() });

const list = createRoute({
  method: "get",
  path: "/services",
  tags,
  summary: "List the services",
  description: "Each in its newest revision.",
  operationId: "list_services",
  responses: {
    200: jsonResponse("All of them.", z.object({ services: z.array(ServiceSchema) })),
    ...ERROR_RESPONSES,
  },
});

const get = createRoute({
  method: "get",
  path: "/services/{service}",
  tags,
  summary: "Show a service",
  operationId: "get_service",
  request: { params },
  responses: { 200: jsonResponse("Its newest revision.", ServiceSchema), ...ERROR_RESPONSES },
});

/** With bodies up to `bytesMax`. */
function change(bytesMax: number) {
  return createRoute({
    method: "patch",
    path: "/services/{service}",
    tags,
    summary: "Change a service",
    description:
      "In its newest revision, for new invocations and for the next attempts of those in flight. " +
      "Limits stay; what else is set is gone when the service is registered again.",
    operationId: "modify_service",
    middleware: jsonBody(bytesMax),
    request: { params, body: jsonRequest(ServiceChangeSchema) },
    responses: {
      200: jsonResponse("The service as it is now.", ServiceSchema),
      ...ERROR_RESPONSES,
    },
  });
}

const getDocument = createRoute({
  method: "get",
  path: "/services/{service}/openapi",
  tags,
  summary: "Describe how a service is called",
  description: "As an OpenAPI 3.1 document, from the JSON schemas that its handlers announce.",
  operationId: "get_service_openapi",
  request: { params },
  responses: {
    200: jsonResponse("OpenAPI 3.1.", z.record(z.string(), z.unknown())),
    ...ERROR_RESPONSES,
  },
});

const listHandlers = createRoute({
  method: "get",
  path: "/services/{service}/handlers",
  tags,
  summary: "List the handlers of a service",
  operationId: "list_service_handlers",
  request: { params },
  responses: {
    200: jsonResponse("All of them.", z.object({ handlers: z.array(HandlerSchema) })),
    ...ERROR_RESPONSES,
  },
});

const getHandler = createRoute({
  method: "get",
  path: "/services/{service}/handlers/{handler}",
  tags,
  summary: "Show a handler",
  operationId: "get_service_handler",
  request: { params: params.extend({ handler: z.string() }) },
  responses: { 200: jsonResponse("The handler.", HandlerSchema), ...ERROR_RESPONSES },
});

export function addServiceRoutes(api: OpenAPIHono, context: ApiContext): void {
  addServices(api, context);
  addChange(api, context);
  addHandlers(api, context);
}

function addServices(api: OpenAPIHono, { ports, writeId }: ApiContext): void {
  api.openapi(list, (c) => {
    const { services } = ports.registry();
    return c.json({ services: services.map((view) => toService(view, writeId)) }, 200);
  });

  api.openapi(get, (c) => {
    const view = find(ports.registry(), c.req.valid("param").service);
    return c.json(toService(view, writeId), 200);
  });

  api.openapi(getDocument, (c) => {
    const view = find(ports.registry(), c.req.valid("param").service);
    return c.json(describeService(view, ports.info.ingressUrl), 200);
  });
}

function addChange(api: OpenAPIHono, { ports, limits, writeId }: ApiContext): void {
  api.openapi(change(limits.adminBodyBytesMax), async (c) => {
    const { service } = c.req.valid("param");
    const wanted = toServiceChange(c.req.valid("json"));
    const snapshot = await ports.settings.changeService(service, wanted);
    return c.json(toService(find(snapshot, service), writeId), 200);
  });
}

function addHandlers(api: OpenAPIHono, { ports }: ApiContext): void {
  api.openapi(listHandlers, (c) => {
    const { handlers, protocolMode } = find(ports.registry(), c.req.valid("param").service);
    const views = [...handlers.values()];
    return c.json({ handlers: views.map((view) => toHandler(view, protocolMode)) }, 200);
  });

  api.openapi(getHandler, (c) => {
    const { service, handler } = c.req.valid("param");
    const { handlers, protocolMode } = find(ports.registry(), service);
    const view = handlers.get(handler);
    if (view === undefined) throw new ApiError(404, `service ${service} has no handler ${handler}`);
    return c.json(toHandler(view, protocolMode), 200);
  });
}

function find(snapshot: RegistrySnapshot, name: string): ServiceView {
  const view = snapshot.latest(name);
  if (view === undefined) throw new ApiError(404, `there is no service ${name}; see GET /services`);
  return view;
}
