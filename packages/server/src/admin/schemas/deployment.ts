/** Deployments, and what registers and updates them. */
import { z } from "@hono/zod-openapi";
import { InfoSchema, InstantSchema, StringMapSchema } from "./common.ts";
import { ServiceSchema } from "./service.ts";

const AuthSchema = z
  .strictObject({
    GoogleIdToken: z.strictObject({
      impersonate_service_account: z.string().nullish().openapi({
        description: "Whose token it is; by default that of the server's own account.",
      }),
      audience: z.string().nullish().openapi({
        description: "For whom it is; by default the origin of the uri.",
      }),
    }),
  })
  .openapi("DeploymentAuth");

const deployment = {
  id: z.string().openapi({ example: "dp_11nGQpCRmau6ypL82KH2TnP" }),
  uri: z.string().optional().openapi({ description: "Absent for a function of AWS Lambda." }),
  protocol_type: z.enum(["BidiStream", "RequestResponse"]).optional(),
  http_version: z.enum(["HTTP/2.0", "HTTP/1.1"]).optional(),
  arn: z.string().optional().openapi({ description: "A function of AWS Lambda." }),
  assume_role_arn: z.string().optional().openapi({ description: "The role that invokes it." }),
  compression: z.enum(["zstd"]).optional().openapi({ description: "How bodies are compressed." }),
  additional_headers: StringMapSchema.optional(),
  auth: AuthSchema.optional(),
  metadata: StringMapSchema.optional(),
  created_at: InstantSchema,
  min_protocol_version: z.number(),
  max_protocol_version: z.number(),
  sdk_version: z.string().optional(),
  info: z.array(InfoSchema).optional(),
};

export const DeploymentSchema = z
  .object({
    ...deployment,
    services: z.array(z.object({ name: z.string(), revision: z.number() })),
  })
  .openapi("Deployment");

export const DetailedDeploymentSchema = z
  .object({ ...deployment, services: z.array(ServiceSchema) })
  .openapi("DetailedDeployment");

export const RegisteredSchema = z
  .object({
    id: z.string(),
    services: z.array(ServiceSchema),
    min_protocol_version: z.number(),
    max_protocol_version: z.number(),
    sdk_version: z.string().optional(),
    info: z.array(InfoSchema).optional(),
  })
  .openapi("RegisteredDeployment");

const lambda = {
  arn: z.string().nullish().openapi({
    description: "A function of AWS Lambda with its version or alias, instead of a uri.",
    example: "arn:aws:lambda:eu-central-1:123456789012:function:orders:1",
  }),
  assume_role_arn: z.string().nullish().openapi({
    description: "The role that invokes it, instead of the server's own.",
  }),
};

const connection = {
  additional_headers: StringMapSchema.nullish().openapi({
    description: "Sent with every request to the endpoint.",
  }),
  auth: AuthSchema.nullish().openapi({
    description: "The token that every request to the endpoint has: https, or a private host.",
  }),
  use_http_11: z.boolean().nullish().openapi({ description: "Instead of HTTP/2." }),
};

export const RegisterBodySchema = z
  .object({
    uri: z
      .string()
      .optional()
      .openapi({ description: "Where the endpoint is.", example: "http://localhost:9080" }),
    ...lambda,
    ...connection,
    metadata: StringMapSchema.nullish(),
    force: z.boolean().nullish().openapi({
      description:
        "Ask the endpoint again and replace a deployment at the same address; implies breaking.",
    }),
    breaking: z.boolean().nullish().openapi({ description: "Allow a service to change its type." }),
    dry_run: z.boolean().nullish().openapi({ description: "Store nothing." }),
  })
  .refine((body) => body.uri !== undefined || typeof body.arn === "string", {
    error: "uri or arn is missing",
  })
  .openapi("RegisterDeployment");

export const UpdateBodySchema = z
  .object({
    uri: z.string().nullish(),
    ...lambda,
    ...connection,
    overwrite: z.boolean().nullish().openapi({
      description: "Replace the services by what the endpoint holds, under their revision numbers.",
    }),
    dry_run: z.boolean().nullish().openapi({ description: "Store nothing." }),
  })
  .openapi("UpdateDeployment");

export type DeploymentResource = z.infer<typeof DeploymentSchema>;
export type DetailedDeploymentResource = z.infer<typeof DetailedDeploymentSchema>;
export type RegisteredResource = z.infer<typeof RegisteredSchema>;
export type RegisterBody = z.infer<typeof RegisterBodySchema>;
export type UpdateBody = z.infer<typeof UpdateBodySchema>;
