/** `/services`. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { ServiceView } from "../../registry/snapshot.ts";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { toHandler, toService } from "../resources/service.ts";
import { ERROR_RESPONSES, jsonResponse } from "../schemas/common.ts";
import { HandlerSchema, ServiceSchema } from "../schemas/service.ts";

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

export function addServiceRoutes(api: OpenAPIHono, { ports, writeId }: ApiContext): void {
  const find = (name: string): ServiceView => {
    const view = ports.registry().latest(name);
    if (view === undefined)
      throw new ApiError(404, `there is no service ${name}; see GET /services`);
    return view;
  };

  api.openapi(list, (c) => {
    const { services } = ports.registry();
    return c.json({ services: services.map((view) => toService(view, writeId)) }, 200);
  });

  api.openapi(get, (c) => c.json(toService(find(c.req.valid("param").service), writeId), 200));

  api.openapi(listHandlers, (c) => {
    const { handlers, protocolMode } = find(c.req.valid("param").service);
    const views = [...handlers.values()];
    return c.json({ handlers: views.map((view) => toHandler(view, protocolMode)) }, 200);
  });

  api.openapi(getHandler, (c) => {
    const { service, handler } = c.req.valid("param");
    const { handlers, protocolMode } = find(service);
    const view = handlers.get(handler);
    if (view === undefined) throw new ApiError(404, `service ${service} has no handler ${handler}`);
    return c.json(toHandler(view, protocolMode), 200);
  });
}
