/**
 * Discovery: asks an endpoint which services it holds.
 *
 * `GET {uri}/discover`, tried again for a short while when the endpoint does not answer yet, and
 * ended by a deadline whatever it does.
 */
import { HEADERS, MANIFEST_ACCEPT } from "@rejoin/protocol";
import type { Ports } from "../ports/ports.ts";
import { exchange } from "./connect.ts";
import { DiscoveryError } from "./discovery-error.ts";
import { explainFailure } from "./explain-failure.ts";
import { type Discovered, readAnswer } from "./read-answer.ts";

/** Where an endpoint is. */
export interface DiscoveryTarget {
  /** An absolute `http:` or `https:` URI; its path is a prefix, its query is kept. */
  readonly uri: string;
  /** Instead of HTTP/2. */
  readonly useHttp11: boolean;
  readonly additionalHeaders: Readonly<Record<string, string>>;
}

/** Rejects with a {@link DiscoveryError}. */
export type Discover = (target: DiscoveryTarget) => Promise<Discovered>;

export interface DiscoveryLimits {
  /** From the first try to the last answer. */
  readonly discoveryTimeoutMs: number;
  readonly discoveryBytesMax: number;
}

const RETRY_DELAYS_MS = [100, 200, 400, 800];
const JITTER_MAX = 0.3;

/** `signal` ends the discoveries that are under way. */
export function createDiscover(
  ports: Pick<Ports, "timers" | "random">,
  limits: DiscoveryLimits,
  signal?: AbortSignal,
): Discover {
  return async (target) => {
    const discovery = new Discovery(target, ports, limits);
    const onAbort = () => discovery.stop("the server is shutting down");
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      return await discovery.run();
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  };
}

/** The URL of an endpoint's manifest. */
export function discoveryUrl(uri: string): URL {
  const url = new URL(uri);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/discover`;
  return url;
}

class Discovery {
  private readonly target: DiscoveryTarget;
  private readonly ports: Pick<Ports, "timers" | "random">;
  private readonly limits: DiscoveryLimits;
  private readonly url: URL;
  private readonly end = new AbortController();
  private tries = 0;

  constructor(
    target: DiscoveryTarget,
    ports: Pick<Ports, "timers" | "random">,
    limits: DiscoveryLimits,
  ) {
    this.target = target;
    this.ports = ports;
    this.limits = limits;
    this.url = discoveryUrl(target.uri);
  }

  async run(): Promise<Discovered> {
    const { discoveryTimeoutMs } = this.limits;
    const cancel = this.ports.timers.after(discoveryTimeoutMs, () => this.stop(this.timeoutText()));
    try {
      return await this.tryAll();
    } finally {
      cancel();
    }
  }

  /** Ends it with a reason. */
  stop(reason: string): void {
    this.end.abort(new DiscoveryError(reason, { code: "META0003" }));
  }

  private async tryAll(): Promise<Discovered> {
    for (;;) {
      const delayMs = RETRY_DELAYS_MS[this.tries];
      try {
        return await this.tryOnce();
      } catch (error) {
        const problem = explainFailure(error as Error, { ...this.target, url: this.url });
        if (!problem.isTransient || delayMs === undefined) throw this.withTries(problem);
      }
      await this.pause(delayMs);
    }
  }

  private async tryOnce(): Promise<Discovered> {
    this.tries += 1;
    const request = {
      url: this.url,
      headers: { ...this.target.additionalHeaders, [HEADERS.accept]: MANIFEST_ACCEPT },
      bodyBytesMax: this.limits.discoveryBytesMax,
      signal: this.end.signal,
    };
    return readAnswer(await exchange(request, this.target.useHttp11), this.url);
  }

  private pause(delayMs: number): Promise<void> {
    const [random = 0] = this.ports.random.bytes(1);
    const jitter = (random / 255) * JITTER_MAX * delayMs;
    const { signal } = this.end;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        cancel();
        reject(signal.reason);
      };
      const cancel = this.ports.timers.after(delayMs + jitter, () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      });
      signal.addEventListener("abort", onAbort);
    });
  }

  private timeoutText(): string {
    const seconds = this.limits.discoveryTimeoutMs / 1000;
    const hint = this.target.useHttp11
      ? "look into the log of the service, or check the address"
      : "look into its log, check the address, or try use_http_11 if it speaks HTTP/1.1 only";
    return `no whole answer from ${this.url.href} within ${seconds} s; ${hint}`;
  }

  private withTries(error: DiscoveryError): DiscoveryError {
    if (this.tries === 1) return error;
    const { code, status, cause } = error;
    const how = this.target.useHttp11 ? "HTTP/1.1" : "HTTP/2";
    const text = `${error.message} (GET ${this.url.href} over ${how}, tried ${this.tries} times)`;
    return new DiscoveryError(text, { code, status, cause });
  }
}
