/** A request as the ingress sees it, whatever it came over. */
import type { Header } from "@rejoin/protocol";

export interface IngressRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly pathAndQuery: string;
  readonly headers: readonly Header[];
  header(name: string): string | undefined;
  body(): Promise<Uint8Array>;
  /** Called when whoever asked has gone. */
  onGone(callback: () => void): void;
}
