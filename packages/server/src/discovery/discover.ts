/**
 * Discovery: asks an endpoint which services it holds.
 *
 * `GET {uri}/discover`, or the same as an event of a function; tried again for a short while when the endpoint does not answer yet, and
 * ended by a deadline whatever it does.
 */
import { HEADERS, MANIFEST_ACCEPT } from "@rejoin/protocol";
import type { AuthHeaders } from "../google/id-tokens.ts";
import { OutgoingHeaders } from "../identity/outgoing-headers.ts";
import type { FunctionCaller } from "../lambda/lambda-function.ts";
import type { Ports } from "../ports/ports.ts";
import type { ForwardProxy } from "../proxy/forward-proxy.ts";
import { DiscoveryError } from "./discovery-error.ts";
import { httpQuestion, lambdaQuestion, type Question } from "./question.ts";
import { type Discovered, readAnswer } from "./read-answer.ts";
import { DISCOVERY_PATH, type DiscoveryTarget } from "./targets.ts";

export type { DiscoveryTarget } from "./targets.ts";

/** Rejects with a {@link DiscoveryError}. */
export type Discover = (target: DiscoveryTarget) => Promise<Discovered>;

export interface DiscoveryLimits {
  /** From the first try to the last answer. */
  readonly discoveryTimeoutMs: number;
  readonly discoveryBytesMax: number;
}

const RETRY_DELAYS_MS = [100, 200, 400, 800];
const JITTER_MAX = 0.3;

export interface DiscoverOptions {
  readonly ports: Pick<Ports, "timers" | "random">;
  readonly limits: DiscoveryLimits;
  /** Ends the discoveries that are under way. */
  readonly signal?: AbortSignal;
  /** What every request to an endpoint has; by default nothing. */
  readonly outgoing?: OutgoingHeaders;
  /** Absent where no function can be called. */
  readonly functions?: FunctionCaller;
  /** Absent where no tokens can be had. */
  readonly tokens?: AuthHeaders | undefined;
  /** Through which endpoints are reached, if they are. */
  readonly proxy?: ForwardProxy | undefined;
}

export function createDiscover(options: DiscoverOptions): Discover {
  const { signal } = options;
  return async (target) => {
    const discovery = new Discovery(target, options);
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

class Discovery {
  private readonly ports: Pick<Ports, "timers" | "random">;
  private readonly limits: DiscoveryLimits;
  private readonly question: Question;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly authorize: () => Promise<Readonly<Record<string, string>>>;
  private readonly end = new AbortController();
  private tries = 0;

  constructor(target: DiscoveryTarget, options: DiscoverOptions) {
    const { ports, limits, outgoing = NO_HEADERS } = options;
    this.ports = ports;
    this.limits = limits;
    this.question = questionFor(target, options);
    this.authorize = () => authHeadersFor(target, options.tokens);
    const { additionalHeaders } = target;
    this.headers = {
      ...outgoing.of(DISCOVERY_PATH, "", additionalHeaders),
      [HEADERS.accept]: MANIFEST_ACCEPT,
    };
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
        const { aborted, reason } = this.end.signal;
        const problem = this.question.explain((aborted ? reason : error) as Error);
        if (!problem.isTransient || delayMs === undefined) throw this.withTries(problem);
      }
      await this.pause(delayMs);
    }
  }

  private async tryOnce(): Promise<Discovered> {
    this.tries += 1;
    const { question, limits, end } = this;
    const headers = { ...this.headers, ...(await this.authorize()) };
    const answer = await question.ask(headers, limits.discoveryBytesMax, end.signal);
    return readAnswer(answer, question.place);
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
    const { place, silenceHint } = this.question;
    return `no whole answer from ${place} within ${seconds} s; ${silenceHint}`;
  }

  private withTries(error: DiscoveryError): DiscoveryError {
    if (this.tries === 1) return error;
    const { code, status, cause } = error;
    const text = `${error.message} (${this.question.text}, tried ${this.tries} times)`;
    return new DiscoveryError(text, { code, status, cause });
  }
}

const NO_HEADERS = new OutgoingHeaders({});

async function authHeadersFor(target: DiscoveryTarget, tokens: AuthHeaders | undefined) {
  if (!("uri" in target) || target.auth === undefined) return {};
  if (tokens !== undefined) return await tokens.get(target.auth, target.uri);
  throw new DiscoveryError(`this server has no tokens for ${target.uri}`, { code: "META0003" });
}

function questionFor(target: DiscoveryTarget, { functions, proxy }: DiscoverOptions): Question {
  if ("uri" in target) return httpQuestion(target, proxy);
  if (functions !== undefined) return lambdaQuestion(target, functions);
  const text = `this server calls no functions of AWS Lambda, such as ${target.arn}`;
  throw new DiscoveryError(text, { code: "META0003" });
}
