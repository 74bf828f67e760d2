/** How the registry asks an endpoint; `discovery` implements it. */
import type { EndpointManifest } from "@rejoin/protocol";
import type { DeploymentAuth } from "../google/deployment-auth.ts";

export type DiscoverPort = (target: HttpTarget | LambdaTarget) => Promise<{
  readonly manifest: EndpointManifest;
  readonly sdkVersion: string | undefined;
  /** Of an endpoint at a URI. */
  readonly httpVersion: "HTTP/2.0" | "HTTP/1.1" | undefined;
}>;

interface HttpTarget {
  readonly uri: string;
  readonly useHttp11: boolean;
  readonly auth?: DeploymentAuth | undefined;
  readonly additionalHeaders: Readonly<Record<string, string>>;
}

interface LambdaTarget {
  readonly arn: string;
  readonly assumeRoleArn: string | undefined;
  readonly additionalHeaders: Readonly<Record<string, string>>;
}
