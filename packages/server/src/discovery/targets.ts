/** Where an endpoint is that is asked for its services. */
import type { DeploymentAuth } from "../google/deployment-auth.ts";

export interface HttpTarget {
  /** An absolute `http:` or `https:` URI; its path is a prefix, its query is kept. */
  readonly uri: string;
  /** Instead of HTTP/2. */
  readonly useHttp11: boolean;
  /** What the question proves that it is the server's with. */
  readonly auth?: DeploymentAuth | undefined;
  readonly additionalHeaders: Readonly<Record<string, string>>;
}

/** A function of AWS Lambda. */
export interface LambdaTarget {
  readonly arn: string;
  /** The role that may call it, if it is not the server's own. */
  readonly assumeRoleArn: string | undefined;
  readonly additionalHeaders: Readonly<Record<string, string>>;
}

export type DiscoveryTarget = HttpTarget | LambdaTarget;

/** The path below the prefix of an endpoint. */
export const DISCOVERY_PATH = "/discover";

/** The URL of an endpoint's manifest. */
export function discoveryUrl(uri: string): URL {
  const url = new URL(uri);
  url.pathname = url.pathname.replace(/\/$/, "") + DISCOVERY_PATH;
  return url;
}
