/** Where the code of a deployment runs, in words. */
import type { DeploymentResource } from "@rejoin/client";

export type Addressed = Pick<
  DeploymentResource,
  "uri" | "arn" | "protocol_type" | "http_version"
>;

export function addressOf({ uri, arn }: Addressed): string {
  return uri ?? arn ?? "in the server's process";
}

/** How the server speaks to it. */
export function protocolOf({ uri, arn, protocol_type, http_version }: Addressed): string {
  if (uri === undefined) return arn === undefined ? "embedded" : "AWS Lambda";
  const mode = protocol_type === "RequestResponse" ? "request/response" : "streams";
  return http_version === undefined ? mode : `${http_version} ${mode}`;
}
