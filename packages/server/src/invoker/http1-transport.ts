/**
 * Attempts at a deployment over HTTP/1.1: a request each.
 *
 * Where the endpoint takes requests and gives answers, the request ends with the journal. Where it
 * says that it streams, the request stays open while the answer comes, as HTTP/1.1 allows, but not
 * everything on the way to an endpoint does: something there may keep the answer back until it has
 * the whole request. Once that has been seen, requests end with the journal here too.
 */
import type { Ports } from "../ports/ports.ts";
import { Http1Pool } from "./http1-pool.ts";
import { Http1AttemptStream, type StreamingProbe } from "./http1-stream.ts";
import type { HttpEndpoint } from "./http2-transport.ts";
import { invokeHeaders, invokePath } from "./invoke-request.ts";
import type { AttemptListener, AttemptRequest, AttemptStream, Transport } from "./transport.ts";

export interface Http1Endpoint extends HttpEndpoint {
  readonly connectionsMax: number;
  /** See {@link Http1Pool}. */
  readonly idleMs?: number;
}

export class Http1Transport implements Transport {
  private readonly endpoint: Http1Endpoint;
  private readonly ports: Ports;
  private readonly pool: Http1Pool;
  private readonly pathPrefix: string;
  private readonly query: string;
  /** Whether answers have come before the ends of their requests. */
  private streams: "unknown" | "yes" | "no" = "unknown";
  private readonly probe = this.createProbe();

  constructor(endpoint: Http1Endpoint, ports: Ports) {
    this.endpoint = endpoint;
    this.ports = ports;
    const url = new URL(endpoint.uri);
    this.pathPrefix = url.pathname.replace(/\/$/, "");
    this.query = url.search;
    const tunnel = endpoint.proxy?.tunnelTo(url);
    this.pool = new Http1Pool(url, { ...endpoint, ports, tunnel });
  }

  get isOneWay(): boolean {
    return this.endpoint.isOneWay || this.streams === "no";
  }

  /** Connections that carry an attempt. */
  get busyConnections(): number {
    return this.pool.busyCount;
  }

  get idleConnections(): number {
    return this.pool.idleCount;
  }

  open(request: AttemptRequest, listener: AttemptListener): AttemptStream {
    const { uri, messageBytesMax } = this.endpoint;
    const path = this.pathPrefix + invokePath(request) + this.query;
    const headers = invokeHeaders(request, this.endpoint);
    return new Http1AttemptStream(() => this.pool.request({ path, headers }), request, listener, {
      uri,
      ports: this.ports,
      messageBytesMax,
      isOneWay: this.isOneWay,
      probe: this.probe,
    });
  }

  /** Lets the requests that are open run to their end, and closes the connections then. */
  retire(): void {
    this.pool.retire();
  }

  close(): void {
    this.pool.close();
  }

  private createProbe(): StreamingProbe {
    const isWanted = () => !this.endpoint.isOneWay && this.streams === "unknown";
    return {
      get isWanted() {
        return isWanted();
      },
      found: (streams) => this.noteStreams(streams),
    };
  }

  private noteStreams(streams: boolean): void {
    this.streams = streams ? "yes" : "no";
    if (streams) return;
    const { uri } = this.endpoint;
    this.ports.log("warn", `${uri} announces streams, but answers only to whole requests`, { uri });
  }
}
