/** The transport of each deployment: made when it is first needed, and anew when its address moves. */
import type { Limits } from "../limits.ts";
import type { Ports } from "../ports/ports.ts";
import { Http2Transport } from "./http2-transport.ts";
import type { Transport } from "./transport.ts";

/** Where a deployment is; see the registry's document. */
export type TransportAddress =
  | { readonly kind: "embedded"; readonly name: string }
  | {
      readonly kind: "http";
      readonly uri: string;
      readonly additionalHeaders: Readonly<Record<string, string>>;
    };

interface Entry {
  readonly address: TransportAddress;
  readonly transport: Http2Transport;
}

export class TransportTable {
  private readonly ports: Ports;
  private readonly limits: Limits;
  private readonly embedded = new Map<string, Transport>();
  private readonly remote = new Map<string, Entry>();

  constructor(ports: Ports, limits: Limits) {
    this.ports = ports;
    this.limits = limits;
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
    const { uri, additionalHeaders } = address;
    const { messageBytesMax } = this.limits;
    const transport = new Http2Transport({ uri, additionalHeaders, messageBytesMax }, this.ports);
    this.remote.set(deploymentId, { address, transport });
    return transport;
  }

  close(): void {
    for (const { transport } of this.remote.values()) transport.close();
    this.remote.clear();
  }
}
