/** How the registry asks an endpoint; `discovery` implements it. */
import type { EndpointManifest } from "@rejoin/protocol";

export type DiscoverPort = (target: {
  readonly uri: string;
  readonly useHttp11: boolean;
  readonly additionalHeaders: Readonly<Record<string, string>>;
}) => Promise<{
  readonly manifest: EndpointManifest;
  readonly sdkVersion: string | undefined;
  readonly httpVersion: "HTTP/2.0" | "HTTP/1.1";
}>;
