/**
 * `/internal/services/{service}/serdes/{encode|decode}/{serde}`: values of handlers between bytes and
 * the JSON that a person reads, as the deployment converts them. For user interfaces.
 */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ApiContext } from "../api-context.ts";
import { ApiError } from "../api-error.ts";
import { ERROR_RESPONSES } from "../schemas/common.ts";
import { problemOfDeploymentId } from "../schemas/ids.ts";

const BYTES = { schema: z.string().openapi({ format: "binary" }) } as const;

/**
 * A deployment may call its value HTML, and any page can make a browser open it by a form: it must
 * not run as a page of this server, which may do everything.
 */
const INERT = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
};

const common = {
  method: "post" as const,
  tags: ["service"],
  summary: "Convert a value of a handler",
  description:
    "Between its bytes and JSON, by the handler's own serde, if that has a preview: `encode` takes " +
    "JSON, `decode` gives it. The name of a serde is `<handler>/input` or `<handler>/output`.",
  responses: {
    200: {
      description: "The value.",
      content: { "application/json": { schema: z.any() }, "application/octet-stream": BYTES },
    },
    ...ERROR_RESPONSES,
  },
};

const params = { service: z.string(), direction: z.enum(["encode", "decode"]) };
const query = z.object({
  deployment: z.string().optional().openapi({ description: "By default that of new calls." }),
});

export function addSerdeRoutes(api: OpenAPIHono, context: ApiContext): void {
  const { requestBytesMax } = context.limits;
  const bound = bodyLimit({
    maxSize: requestBytesMax,
    onError: () => {
      throw new ApiError(413, `a value has ${requestBytesMax} bytes at most`);
    },
  });
  const middleware = [bound];

  const byHandler = createRoute({
    ...common,
    path: "/internal/services/{service}/serdes/{direction}/{handler}/{side}",
    operationId: "convert_value",
    middleware,
    request: { params: z.object({ ...params, handler: z.string(), side: z.string() }), query },
  });
  api.openapi(byHandler, async (c) => {
    const { handler, side, ...path } = c.req.valid("param");
    const { deployment } = c.req.valid("query");
    return await convert(context, c, { ...path, deployment, serde: `${handler}/${side}` });
  });

  // The same with the slash of the name percent-encoded.
  const byName = createRoute({
    ...common,
    path: "/internal/services/{service}/serdes/{direction}/{serde}",
    operationId: "convert_value_by_name",
    middleware,
    request: { params: z.object({ ...params, serde: z.string() }), query },
  });
  api.openapi(byName, async (c) => {
    const { deployment } = c.req.valid("query");
    return await convert(context, c, { ...c.req.valid("param"), deployment });
  });
}

interface Asked {
  readonly service: string;
  readonly direction: "encode" | "decode";
  readonly serde: string;
  readonly deployment: string | undefined;
}

async function convert(context: ApiContext, c: Context, asked: Asked): Promise<Response> {
  const { service, direction, serde } = asked;
  const deployment = findDeployment(context, asked);
  const { contentType, body } = await context.ports.conversions.convert(deployment, {
    service,
    direction,
    serde,
    body: new Uint8Array(await c.req.arrayBuffer()),
  });
  return new Response(new Uint8Array(body), { headers: { ...INERT, "content-type": contentType } });
}

function findDeployment({ ports, readId }: ApiContext, { service, serde, deployment }: Asked) {
  const registry = ports.registry();
  const latest = registry.latest(service);
  if (latest === undefined) throw new ApiError(404, `there is no service ${service}`);
  const problem = deployment === undefined ? undefined : problemOfDeploymentId(deployment);
  if (problem !== undefined) {
    throw new ApiError(400, `deployment ${JSON.stringify(deployment)} is no id: ${problem}`);
  }
  const id = deployment === undefined ? latest.deploymentId : readId(deployment);
  const record = registry.deployment(id);
  const view = registry.revisionAt(service, id);
  if (record === undefined || view === undefined) {
    throw new ApiError(404, `there is no deployment ${id} with service ${service}`);
  }
  const known = [...view.handlers.keys()].flatMap((name) => [`${name}/input`, `${name}/output`]);
  if (known.includes(serde)) return record;
  const text = `service ${service} has no serde ${serde}; it has ${known.join(", ")}`;
  throw new ApiError(500, text);
}
