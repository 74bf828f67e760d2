/** Where the code of a deployment runs, in words. */
import type { DeploymentResource } from "@rejoin/client";

export type Addressed = Pick<DeploymentResource, "uri" | "arn" | "protocol_type" | "http_version">;

export function addressOf(deployment: Addressed): string {
  if (isEmbedded(deployment)) return "in the server's process";
  return deployment.uri ?? deployment.arn ?? "unknown";
}

/** How the server speaks to it. */
export function protocolOf(deployment: Addressed): string {
  if (isEmbedded(deployment)) return "function calls";
  if (deployment.arn !== undefined) return "AWS Lambda, request/response";
  const mode = deployment.protocol_type === "RequestResponse" ? "request/response" : "streams";
  return [deployment.http_version, mode].filter(Boolean).join(" ");
}

/** The server gives services of its own process an address with a scheme that nobody can dial. */
function isEmbedded({ uri }: Addressed): boolean {
  return uri?.startsWith("embedded:") ?? false;
}
