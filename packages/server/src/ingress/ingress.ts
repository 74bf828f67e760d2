/**
 * The ingress: user traffic over HTTP. A request becomes a record; it is answered when the engine
 * says so, which is never before what the answer rests on is durable.
 */
import type { EngineRecord, HandlerSettings, StoredOutcome, Target } from "@rejoin/engine";
import {
  createInvocationKey,
  DEFAULT_OUTPUT,
  formatInvocationId,
  type InputManifest,
  type InvocationKey,
  invocationKeyOf,
  isTooLong,
  NAME_BYTES_MAX,
  type Outcome,
  type OutputManifest,
  parseAwakeableId,
  parseInvocationId,
  partitionKeyOfKey,
  partitionKeyOfScope,
  partitionKeyOfServiceBucket,
  ulidBytes,
} from "@rejoin/protocol";
import type { Limits } from "../limits.ts";
import type { IngressObserver, RequestWatch } from "../ports/observers.ts";
import type { Ports } from "../ports/ports.ts";
import { HttpError } from "./http-error.ts";
import type { IngressRequest } from "./ingress-request.ts";
import { validateInput } from "./input-rules.ts";
import {
  forwardedHeaders,
  readDelay,
  readIdempotencyKey,
  readLimitKey,
} from "./request-options.ts";
import {
  acceptedResponse,
  errorResponse,
  type IngressResponse,
  json,
  outcomeResponse,
} from "./responses.ts";
import {
  type HandlerPath,
  type InvokeRoute,
  parseRoute,
  type ResultRoute,
  type Route,
} from "./routes.ts";
import { decodeText, parseTarget, readId } from "./targets.ts";
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
  readonly observer?: IngressObserver | undefined;
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

export type { IngressRequest } from "./ingress-request.ts";
export type { IngressResponse } from "./responses.ts";

interface WatchedRequest extends IngressRequest {
  readonly watch?: RequestWatch | undefined;
}

const BUCKETS = 512;
/** The text of a rejected awakeable is a failure with this code. */
const REJECTED_CODE = 500;

export class Ingress {
  private readonly context: IngressPorts;

  constructor(context: IngressPorts) {
    this.context = context;
  }

  /** Never rejects: what goes wrong is an answer too. */
  async handle(request: IngressRequest): Promise<IngressResponse> {
    const watch = this.context.observer?.began(request);
    const response = await this.respond(watch === undefined ? request : { ...request, watch });
    watch?.answered(response);
    return response;
  }

  private async respond(request: WatchedRequest): Promise<IngressResponse> {
    try {
      const route = parseRoute(request.path, (service) => this.isKeyed(service));
      return await this.dispatch(route, request);
    } catch (error) {
      return this.toErrorResponse(error);
    }
  }

  private async dispatch(route: Route, request: WatchedRequest): Promise<IngressResponse> {
    if (route.kind !== "call" && route.kind !== "send") {
      request.watch?.asks(route.kind === "target" ? route.verb : route.kind);
    }
    switch (route.kind) {
      case "health":
        return json(200, { services: this.context.services() });
      case "call":
      case "send":
        return await this.invoke(route, request);
      case "target":
        return await this.askByTarget(route.verb, request);
      case "awakeable":
        return await this.completeAwakeable(route, request);
      default:
        return await this.attach(route.kind, this.keyOf(route), request);
    }
  }

  private isKeyed(service: string): boolean {
    const kind = this.context.service(service)?.kind;
    return kind !== undefined && kind !== "service";
  }

  // ---- call and send ----------------------------------------------------------------------------

  private async invoke(route: InvokeRoute, request: WatchedRequest): Promise<IngressResponse> {
    const { handler, target } = this.resolve(route);
    request.watch?.asks(route.kind, target);
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
    const limitKey = readLimitKey(route, request);
    const idempotencyKey = readIdempotencyKey(target, request);
    const input = await request.body();
    validateInput(handler.input, request.header("content-type"), input.length);
    const { key, fresh } = this.invocationKey(target, idempotencyKey);
    const now = this.context.ports.clock.now();
    const forwarded = forwardedHeaders(request);
    const headers = request.watch?.invokes(key, forwarded) ?? forwarded;
    const told = await this.ask(key, request, (waiter) => ({
      kind: "invoke",
      key,
      fresh,
      target,
      idempotencyKey,
      limitKey,
      headers,
      input,
      scheduledFor: delayMs === undefined ? 0 : now + delayMs,
      accepted: route.kind === "send" ? waiter : undefined,
      result: route.kind === "call" ? waiter : undefined,
    }));
    return await this.toResponse(told, route.kind);
  }

  private resolve(path: HandlerPath & { readonly scope?: string }): {
    handler: IngressHandler;
    target: Target;
  } {
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
    if (isTooLong(path.key ?? "")) {
      throw new HttpError(400, `bad path: the key has more than ${NAME_BYTES_MAX} bytes`);
    }
    const target = {
      service: path.service,
      handler: path.handler,
      key: path.key ?? "",
      handlerKind: handler.kind,
      scope: path.scope ?? "",
    };
    return { handler, target };
  }

  /** The id of the invocation: the request's own, or that of all requests with its key. */
  private invocationKey(
    target: Target,
    idempotencyKey: string | undefined,
  ): { readonly key: InvocationKey; readonly fresh: boolean } {
    const { service, handler, key, scope = "" } = target;
    const scoped = scope === "" ? {} : { scope };
    if (target.handlerKind === "workflow") {
      const run = { kind: "workflow", name: service, key, ...scoped } as const;
      return { key: invocationKeyOf(run, () => true), fresh: false };
    }
    const keyed = target.handlerKind !== "service";
    if (idempotencyKey !== undefined) {
      const request = { service, handler, key, idempotencyKey, ...scoped };
      const id = invocationKeyOf({ kind: "idempotentRequest", ...request }, () => keyed);
      return { key: id, fresh: false };
    }
    return { key: this.freshKey(service, keyed ? key : undefined, scope), fresh: true };
  }

  private freshKey(service: string, key: string | undefined, scope: string): InvocationKey {
    const { random, clock } = this.context.ports;
    const [first = 0, second = 0] = random.bytes(2);
    const bucket = (first * 256 + second) % BUCKETS;
    const uuid = ulidBytes(clock.now(), random.bytes(10), 0);
    if (scope !== "") return createInvocationKey(partitionKeyOfScope(scope), uuid);
    const partitionKey =
      key === undefined ? partitionKeyOfServiceBucket(service, bucket) : partitionKeyOfKey(key);
    return createInvocationKey(partitionKey, uuid);
  }

  // ---- attach, output and awakeables ------------------------------------------------------------

  private async attach(
    mode: "attach" | "output",
    key: InvocationKey,
    request: WatchedRequest,
  ): Promise<IngressResponse> {
    if (request.method !== "GET" && request.method !== "POST") {
      throw new HttpError(405, `use GET to ask for a result, not ${request.method}`);
    }
    const told = await this.ask(key, request, (waiter) => ({ kind: "attach", key, waiter, mode }));
    return await this.toResponse(told, mode);
  }

  private async askByTarget(
    verb: "attach" | "output" | "lookup",
    request: WatchedRequest,
  ): Promise<IngressResponse> {
    if (request.method !== "POST") {
      throw new HttpError(405, `use POST, with what is asked for in the body`);
    }
    const target = parseTarget(await request.body());
    const key = readId("invocation id", () =>
      invocationKeyOf(target, (service) => this.isKeyed(service)),
    );
    if (verb !== "lookup") return await this.attach(verb, key, request);
    return json(200, { invocationId: formatInvocationId(key) });
  }

  private keyOf(route: ResultRoute): InvocationKey {
    if ("invocationId" in route) {
      const { invocationId } = route;
      return readId(`invocation id ${invocationId}`, () => parseInvocationId(invocationId));
    }
    if ("workflow" in route) {
      const target = { kind: "workflow", name: route.workflow, key: route.key } as const;
      return invocationKeyOf(target, () => true);
    }
    return this.invocationKey(this.resolve(route).target, route.idempotencyKey).key;
  }

  private async completeAwakeable(
    { awakeableId, verb }: Extract<Route, { kind: "awakeable" }>,
    request: WatchedRequest,
  ): Promise<IngressResponse> {
    if (request.method !== "POST") {
      throw new HttpError(405, `use POST to ${verb} an awakeable, not ${request.method}`);
    }
    const target = readId(`awakeable id ${awakeableId}`, () => parseAwakeableId(awakeableId));
    const { invocationKey: key } = target;
    const signalIndex = target.kind === "signal" ? target.signalIndex : target.entryIndex;
    const body = await request.body();
    const result: Outcome =
      verb === "resolve"
        ? { kind: "value", value: body }
        : { kind: "failure", failure: { code: REJECTED_CODE, message: decodeText(body) } };
    const signal = { kind: "signal", signalIndex, result } as const;
    const told = await this.ask(key, request, (waiter) => ({
      kind: "signal",
      key,
      signal,
      waiter,
    }));
    return await this.toResponse(told, "attach");
  }

  // ---- asking and answering ---------------------------------------------------------------------

  private ask(
    key: InvocationKey,
    request: WatchedRequest,
    record: (waiter: object) => EngineRecord,
  ): Promise<Told> {
    const { waiters, limits } = this.context;
    const partition = this.context.partitionOf(key);
    if (waiters.count >= limits.ingressRequestsMax || !this.context.hasRoom(partition)) {
      throw new HttpError(429, "the server is at its limit of requests in flight; try again later");
    }
    return new Promise((resolve) => {
      const waiter = waiters.create(partition, resolve);
      request.onGone(() => {
        waiters.cancel(waiter);
        request.watch?.gone();
      });
      if (this.context.submit(partition, record(waiter))) return;
      waiter.settle({ kind: "unavailable", reason: "the partition is being opened" });
      waiters.cancel(waiter);
    });
  }

  /** What the newest revision of a handler says of its output. */
  private outputOf({ service, handler }: Target): OutputManifest {
    return this.context.service(service)?.handlers.get(handler)?.output ?? DEFAULT_OUTPUT;
  }

  private async toResponse(told: Told, asked: InvokeRoute["kind"] | ResultRoute["kind"]) {
    switch (told.kind) {
      case "operated":
        return { status: 202, headers: {}, body: "" };
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
      const text = `invocation ${formatInvocationId(key)} not found`;
      return errorResponse(404, 404, text, asked === "attach" ? "invocation" : "ingress");
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
