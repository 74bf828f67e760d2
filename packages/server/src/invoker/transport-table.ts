/** The transport of each deployment: made when it is first needed, and anew when its address moves. */
import type { DeploymentAuth } from "../google/deployment-auth.ts";
import type { AuthHeaders } from "../google/id-tokens.ts";
import type { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import type { LambdaFunctions } from "../lambda/lambda-functions.ts";
import type { Limits } from "../limits.ts";
import type { Ports } from "../ports/ports.ts";
import type { ForwardProxy } from "../proxy/forward-proxy.ts";
import { AuthorizedTransport } from "./authorized-transport.ts";
import { Http1Transport } from "./http1-transport.ts";
import { Http2Transport } from "./http2-transport.ts";
import { LambdaTransport } from "./lambda-transport.ts";
import type { Transport } from "./transport.ts";

/** Where a deployment is; see the registry's document. */
export type TransportAddress = { readonly kind: "embedded"; readonly name: string } | RemoteAddress;

type RemoteAddress =
  | {
      readonly kind: "http";
      readonly uri: string;
      readonly protocolMode: "BIDI_STREAM" | "REQUEST_RESPONSE";
      readonly httpVersion: "HTTP/2.0" | "HTTP/1.1";
      readonly additionalHeaders: Readonly<Record<string, string>>;
      readonly auth?: DeploymentAuth;
    }
  | {
      readonly kind: "lambda";
      readonly arn: string;
      readonly assumeRoleArn?: string;
      readonly compression?: "zstd";
      readonly additionalHeaders: Readonly<Record<string, string>>;
    };

export interface TransportTableOptions {
  readonly ports: Ports;
  readonly limits: Limits;
  readonly outgoing: OutgoingHeaders;
  readonly connectTimeoutMs: number;
  readonly functions: LambdaFunctions;
  readonly tokens: AuthHeaders;
  /** Through which deployments are reached, if they are. */
  readonly proxy?: ForwardProxy | undefined;
  /** See the options of {@link LambdaFunctions}. */
  readonly compressFromBytes: number;
}

interface RemoteTransport extends Transport {
  /** Takes no more attempts; what is open runs to its end. */
  retire(): void;
  close(): void;
}

interface Entry {
  readonly address: TransportAddress;
  readonly transport: RemoteTransport;
}

export class TransportTable {
  private readonly options: TransportTableOptions;
  private readonly embedded = new Map<string, Transport>();
  private readonly remote = new Map<string, Entry>();

  constructor(options: TransportTableOptions) {
    this.options = options;
  }

  /** Makes the services of this process reachable under a name. */
  embed(name: string, transport: Transport): void {
    this.embedded.set(name, transport);
  }

  /** `undefined` for an embedded deployment that this process does not hold. */
  find(deploymentId: string, address: TransportAddress): Transport | undefined {
    const known = this.remote.get(deploymentId);
    if (address.kind === "embedded") {
      known?.transport.retire();
      this.remote.delete(deploymentId);
      return this.embedded.get(address.name);
    }
    if (known !== undefined && known.address === address) return known.transport;
    if (known !== undefined && JSON.stringify(known.address) === JSON.stringify(address)) {
      this.remote.set(deploymentId, { ...known, address });
      return known.transport;
    }
    known?.transport.retire();
    const transport = this.create(address);
    this.remote.set(deploymentId, { address, transport });
    return transport;
  }

  close(): void {
    for (const { transport } of this.remote.values()) transport.close();
    this.remote.clear();
    this.options.functions.close();
  }

  private create(address: RemoteAddress): RemoteTransport {
    const { ports, limits, outgoing, connectTimeoutMs, proxy } = this.options;
    const { additionalHeaders } = address;
    const common = { additionalHeaders, outgoing, messageBytesMax: limits.messageBytesMax };
    if (address.kind === "lambda") {
      const { arn, assumeRoleArn, compression } = address;
      const { functions, compressFromBytes } = this.options;
      const endpoint = {
        ...common,
        arn,
        assumeRoleArn,
        compressFromBytes: compression === "zstd" ? compressFromBytes : undefined,
        functions,
        bodyBytesMax: limits.lambdaBodyBytesMax,
      };
      return new LambdaTransport(endpoint, ports);
    }
    const { uri, protocolMode, httpVersion, auth } = address;
    const isOneWay = protocolMode === "REQUEST_RESPONSE";
    const endpoint = { ...common, uri, isOneWay, connectTimeoutMs, proxy };
    const { http1ConnectionsMax: connectionsMax } = limits;
    const inner =
      httpVersion === "HTTP/2.0"
        ? new Http2Transport(endpoint, ports)
        : new Http1Transport({ ...endpoint, connectionsMax }, ports);
    const { tokens } = this.options;
    return auth === undefined ? inner : new AuthorizedTransport({ inner, auth, uri, tokens });
  }
}
