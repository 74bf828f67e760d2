/**
 * The ingress: user traffic over HTTP. A request becomes a record; it is answered when the engine
 * says so, which is never before what the answer rests on is durable.
 */
import type { EngineRecord, HandlerSettings, StoredOutcome, Target } from "@rejoin/engine";
import {
  createInvocationKey,
  DEFAULT_OUTPUT,
  deterministicUuid,
  formatInvocationId,
  type Header,
  IdError,
  type InputManifest,
  type InvocationKey,
  type Outcome,
  type OutputManifest,
  parseInvocationId,
  partitionKeyOfIdempotentRequest,
  partitionKeyOfKey,
  partitionKeyOfServiceBucket,
  ulidBytes,
} from "@rejoin/protocol";
import type { Limits } from "../limits.ts";
import type { Ports } from "../ports/ports.ts";
import { parseDuration } from "./duration.ts";
import { HttpError } from "./http-error.ts";
import { validateInput } from "./input-rules.ts";
import { formatInstant } from "./instants.ts";
import { type HandlerPath, parseRoute, type Route } from "./routes.ts";
import type { Told, Waiters } from "./waiters.ts";

export interface IngressHandler extends HandlerSettings {
  readonly input: InputManifest;
  readonly output: OutputManifest;
}

/** What the ingress needs of the rest of the server. */
export interface IngressPorts {
  readonly ports: Ports;
  readonly limits: Limits;
  readonly waiters: Waiters;
  services(): readonly string[];
  service(
    name: string,
  ): { readonly kind: string; readonly handlers: ReadonlyMap<string, IngressHandler> } | undefined;
  partitionOf(key: InvocationKey): number;
  hasRoom(partition: number): boolean;
  submit(partition: number, record: EngineRecord): boolean;
  /** The bytes of a result, read from the store if it is large; `undefined` if it is not open. */
  outcome(key: InvocationKey, stored: StoredOutcome): Promise<Outcome | undefined>;
}

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

export interface IngressResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

const BUCKETS = 512;
/** A thousand years: every instant up to there has a date. */
const DELAY_MS_MAX = 1000 * 365.25 * 24 * 60 * 60 * 1000;
const SHOWN_TEXT_MAX = 40;
const NOT_FORWARDED = new Set(["connection", "host", "idempotency-key", "idempotency-expires"]);

export class Ingress {
  private readonly context: IngressPorts;

  constructor(context: IngressPorts) {
    this.context = context;
  }

  /** Never rejects: what goes wrong is an answer too. */
  async handle(request: IngressRequest): Promise<IngressResponse> {
    try {
      const route = parseRoute(request.path, (service) => this.isKeyed(service));
      return await this.dispatch(route, request);
    } catch (error) {
      return this.toErrorResponse(error);
    }
  }

  private async dispatch(route: Route, request: IngressRequest): Promise<IngressResponse> {
    switch (route.kind) {
      case "health":
        return json(200, { services: this.context.services() });
      case "call":
      case "send":
        return await this.invoke(route, request);
      default:
        return await this.attach(route, request);
    }
  }

  private isKeyed(service: string): boolean {
    const kind = this.context.service(service)?.kind;
    return kind !== undefined && kind !== "service";
  }

  // ---- call and send ----------------------------------------------------------------------------

  private async invoke(
    route: Extract<Route, { kind: "call" | "send" }>,
    request: IngressRequest,
  ): Promise<IngressResponse> {
    const { handler, target } = this.resolve(route);
    if (!handler.public) {
      throw new HttpError(
        400,
        `${route.service}/${route.handler} is private: it is not callable here`,
      );
    }
    if (request.method !== "POST" && request.method !== "GET") {
      throw new HttpError(405, `use POST or GET to call a handler, not ${request.method}`);
    }
    const delayMs = readDelay(route, request);
    const idempotencyKey = request.header("idempotency-key");
    if (idempotencyKey === "") throw new HttpError(400, "the idempotency-key header is empty");
    const input = await request.body();
    validateInput(handler.input, request.header("content-type"), input.length);
    const { key, fresh } = this.invocationKey(target, idempotencyKey);
    const now = this.context.ports.clock.now();
    const told = await this.ask(key, request, (waiter) => ({
      kind: "invoke",
      key,
      fresh,
      target,
      idempotencyKey,
      headers: forwardedHeaders(request),
      input,
      scheduledFor: delayMs === undefined ? 0 : now + delayMs,
      accepted: route.kind === "send" ? waiter : undefined,
      result: route.kind === "call" ? waiter : undefined,
    }));
    return await this.toResponse(told);
  }

  private resolve(path: HandlerPath): { handler: IngressHandler; target: Target } {
    const service = this.context.service(path.service);
    if (service === undefined) {
      throw new HttpError(404, `service ${path.service} not found; register its deployment first`);
    }
    const handler = service.handlers.get(path.handler);
    if (handler === undefined) {
      const names = [...service.handlers.keys()].join(", ");
      throw new HttpError(
        404,
        `service ${path.service} has no handler ${path.handler}; it has: ${names}`,
      );
    }
    if (service.kind === "service" && path.key !== undefined) {
      throw new HttpError(400, `bad path: ${path.service} is a plain service and takes no key`);
    }
    const target = {
      service: path.service,
      handler: path.handler,
      key: path.key ?? "",
      handlerKind: handler.kind,
    };
    return { handler, target };
  }

  /** The id of the invocation: the request's own, or that of all requests with its key. */
  private invocationKey(
    target: Target,
    idempotencyKey: string | undefined,
  ): { readonly key: InvocationKey; readonly fresh: boolean } {
    const { random, clock } = this.context.ports;
    const { service, handler, key } = target;
    const keyed = target.handlerKind !== "service";
    if (idempotencyKey !== undefined) {
      const request = { kind: "idempotentRequest", service, handler, idempotencyKey } as const;
      const uuid = deterministicUuid(keyed ? { ...request, key } : request);
      const partitionKey = keyed
        ? partitionKeyOfKey(key)
        : partitionKeyOfIdempotentRequest(service, idempotencyKey);
      return { key: createInvocationKey(partitionKey, uuid), fresh: false };
    }
    const [first = 0, second = 0] = random.bytes(2);
    const bucket = (first * 256 + second) % BUCKETS;
    const partitionKey = keyed
      ? partitionKeyOfKey(key)
      : partitionKeyOfServiceBucket(service, bucket);
    const uuid = ulidBytes(clock.now(), random.bytes(10), 0);
    return { key: createInvocationKey(partitionKey, uuid), fresh: true };
  }

  // ---- attach and output ------------------------------------------------------------------------

  private async attach(
    route: Extract<Route, { kind: "attach" | "output" }>,
    request: IngressRequest,
  ): Promise<IngressResponse> {
    if (request.method !== "GET" && request.method !== "POST") {
      throw new HttpError(405, `use GET to ask for a result, not ${request.method}`);
    }
    const key = this.keyOf(route);
    const mode = route.kind;
    const told = await this.ask(key, request, (waiter) => ({ kind: "attach", key, waiter, mode }));
    return await this.toResponse(told);
  }

  private keyOf(route: Extract<Route, { kind: "attach" | "output" }>): InvocationKey {
    if ("invocationId" in route) {
      try {
        return parseInvocationId(route.invocationId);
      } catch (error) {
        if (!(error instanceof IdError)) throw error;
        // biome-ignore lint/style/useErrorCause: the cause is passed, behind the status
        throw new HttpError(400, `bad invocation id ${route.invocationId}: ${error.message}`, {
          cause: error,
        });
      }
    }
    return this.invocationKey(this.resolve(route).target, route.idempotencyKey).key;
  }

  // ---- asking and answering ---------------------------------------------------------------------

  private ask(
    key: InvocationKey,
    request: IngressRequest,
    record: (waiter: object) => EngineRecord,
  ): Promise<Told> {
    const { waiters, limits } = this.context;
    const partition = this.context.partitionOf(key);
    if (waiters.count >= limits.ingressRequestsMax || !this.context.hasRoom(partition)) {
      throw new HttpError(429, "the server is at its limit of requests in flight; try again later");
    }
    return new Promise((resolve) => {
      const waiter = waiters.create(partition, resolve);
      request.onGone(() => waiters.cancel(waiter));
      if (this.context.submit(partition, record(waiter))) return;
      waiter.settle({ kind: "unavailable", reason: "the partition is being opened" });
      waiters.cancel(waiter);
    });
  }

  /** What the newest revision of a handler says of its output. */
  private outputOf({ service, handler }: Target): OutputManifest {
    return this.context.service(service)?.handlers.get(handler)?.output ?? DEFAULT_OUTPUT;
  }

  private async toResponse(told: Told): Promise<IngressResponse> {
    switch (told.kind) {
      case "accepted":
        return acceptedResponse(told.accepted);
      case "result":
        return outcomeResponse(told.key, told.outcome, this.outputOf(told.target), undefined);
      case "unavailable":
        throw new HttpError(503, `${told.reason}; try again`);
      default:
    }
    const { answer, key } = told;
    if (answer.kind === "notFound") {
      throw new HttpError(404, `invocation ${formatInvocationId(key)} not found`);
    }
    if (answer.kind === "notReady") {
      throw new HttpError(470, "the invocation exists but has not completed yet");
    }
    const outcome = await this.context.outcome(key, answer.outcome);
    if (outcome === undefined)
      throw new HttpError(503, "the result cannot be read just now; try again");
    return outcomeResponse(key, outcome, this.outputOf(answer.target), answer.expiresAt);
  }

  private toErrorResponse(error: unknown): IngressResponse {
    if (error instanceof HttpError) {
      return errorResponse(error.status, error.status, error.message, "ingress");
    }
    const message = error instanceof Error ? error.message : String(error);
    this.context.ports.log("error", `an ingress request failed: ${message}`, { error });
    return errorResponse(500, 500, "internal error", "ingress");
  }
}

function readDelay(route: Route, request: IngressRequest): number | undefined {
  const names = [...request.query.keys()].filter((name) => name.toLowerCase() === "delay");
  const [name] = names;
  if (name === undefined) return undefined;
  if (route.kind === "call") {
    throw new HttpError(400, "a call cannot be delayed: only a send takes ?delay=");
  }
  const text = request.query.get(name) ?? "";
  const delayMs = parseDuration(text);
  if (delayMs !== undefined && delayMs > DELAY_MS_MAX) {
    throw new HttpError(400, `the delay ${JSON.stringify(shown(text))} is longer than 1000 years`);
  }
  if (delayMs === undefined) {
    throw new HttpError(
      400,
      `bad delay ${JSON.stringify(shown(text))}: write it like 10s, 1h30m or PT60S`,
    );
  }
  return delayMs;
}

/** A text of the user's, cut to what fits a message. */
function shown(text: string): string {
  return text.length <= SHOWN_TEXT_MAX ? text : `${text.slice(0, SHOWN_TEXT_MAX)}…`;
}

function forwardedHeaders(request: IngressRequest): readonly Header[] {
  const headers: Header[] = [{ key: "x-restate-ingress-path", value: request.pathAndQuery }];
  for (const header of request.headers) {
    if (!NOT_FORWARDED.has(header.key)) headers.push(header);
  }
  return headers;
}

function acceptedResponse(accepted: {
  readonly key: InvocationKey;
  readonly scheduledFor: number;
  readonly duplicate: boolean;
}): IngressResponse {
  const invocationId = formatInvocationId(accepted.key);
  const executionTime =
    accepted.scheduledFor === 0 ? {} : { executionTime: formatInstant(accepted.scheduledFor) };
  const status = accepted.duplicate ? "PreviouslyAccepted" : "Accepted";
  const response = json(202, { invocationId, ...executionTime, status });
  return { ...response, headers: { ...response.headers, "x-restate-id": invocationId } };
}

function outcomeResponse(
  key: InvocationKey,
  outcome: Outcome,
  output: OutputManifest,
  expiresAt: number | undefined,
): IngressResponse {
  const id = formatInvocationId(key);
  if (outcome.kind === "failure") {
    const { code, message, metadata } = outcome.failure;
    const status = isErrorStatus(code) ? code : 500;
    const response = errorResponse(status, code, message, "invocation", metadata);
    return { ...response, headers: { ...response.headers, "x-restate-id": id } };
  }
  const headers: Record<string, string> = { "x-restate-id": id };
  const named = outcome.value.length > 0 || output.setContentTypeIfEmpty === true;
  if (named && output.contentType !== undefined) headers["content-type"] = output.contentType;
  if (expiresAt !== undefined) headers["idempotency-expires"] = formatInstant(expiresAt);
  return { status: 200, headers, body: outcome.value };
}

/** A status that can carry a body and ends the exchange; the failure's own code is in the body. */
function isErrorStatus(code: number): boolean {
  return code >= 200 && code <= 999 && code !== 204 && code !== 205 && code !== 304;
}

function errorResponse(
  status: number,
  code: number,
  message: string,
  source: "ingress" | "invocation",
  metadata?: readonly { readonly key: string; readonly value: string }[],
): IngressResponse {
  const pairs = metadata?.map(({ key, value }) => [key, value] as const);
  const extra = pairs === undefined ? {} : { metadata: Object.fromEntries(pairs) };
  const response = json(status, { code, message, source, ...extra });
  return { ...response, headers: { ...response.headers, "x-restate-error-source": source } };
}

function json(status: number, value: unknown): IngressResponse {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  };
}
