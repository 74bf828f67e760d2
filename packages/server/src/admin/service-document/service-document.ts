/**
 * How a service is called, as an OpenAPI 3.1 document: the ingress's paths for each of its public
 * handlers, with the JSON schemas that they announce.
 */
import type { HandlerView, ServiceView } from "../../registry/snapshot.ts";
import { toComponentSchema } from "./component-schema.ts";
import { PARAMETERS, RESPONSES, RESTATE_ERROR, TAGS } from "./components.ts";
import { describeHandler, type Operations } from "./operations.ts";

/** `ingressUrl` is where the handlers are called. */
export function describeService(
  view: ServiceView,
  ingressUrl: string,
): Readonly<Record<string, unknown>> {
  const { name, revision, manifest } = view;
  const handlers = [...view.handlers.values()].filter((handler) => handler.public);
  const paths: [path: string, operations: Operations][] = handlers.flatMap((handler) =>
    describeHandler(view, handler),
  );
  const { documentation: description } = manifest;
  return {
    openapi: "3.1.0",
    info: {
      title: name,
      version: String(revision),
      ...(description === undefined ? {} : { description }),
    },
    servers: [{ url: ingressUrl.replace(/\/$/, ""), description: "The ingress." }],
    paths: Object.fromEntries(paths),
    components: {
      parameters: PARAMETERS,
      responses: RESPONSES,
      schemas: { RestateError: RESTATE_ERROR, ...schemasOf(handlers) },
    },
    tags: TAGS,
  };
}

function schemasOf(handlers: readonly HandlerView[]): Readonly<Record<string, unknown>> {
  const schemas = handlers.flatMap(({ name, input, output }) => [
    [`${name}Request`, input.jsonSchema] as const,
    [`${name}Response`, output.jsonSchema] as const,
  ]);
  return Object.fromEntries(
    schemas
      .filter(([, schema]) => schema !== undefined)
      .map(([name, schema]) => [name, toComponentSchema(name, schema)]),
  );
}
