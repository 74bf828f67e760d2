/** Makes ingress clients. */

import type { Serde } from "@rejoin/protocol";
import type { HandlerDescriptors, ServiceKind } from "../definitions.ts";
import { toBaseUrl } from "../http.ts";
import { binary } from "../serde/namespace.ts";
import type { Send, WorkflowSubmission } from "./clients.ts";
import { type Connection, exchange, type IngressRequest } from "./exchange.ts";
import type { ConnectionOpts, Ingress, ScopedIngress } from "./ingress.ts";
import { call, lowerCased, pickSerde, readResult, send, toBody, toPath } from "./invoke.ts";
import { parseArguments } from "./options.ts";
import { type IngressPorts, realPorts } from "./ports.ts";
import { resolveRetryPolicy } from "./retry-policy.ts";
import { workflowFunctions } from "./workflow.ts";

/**
 * A client of the ingress at `opts.url`. Nothing is sent yet; throws a `ClientError` for what is no
 * URL.
 */
export function connect(opts: ConnectionOpts): Ingress {
  return createIngress(opts, realPorts);
}

/** The same over any clock and timers. */
export function createIngress(opts: ConnectionOpts, ports: IngressPorts): Ingress {
  const connection: Connection = {
    baseUrl: toIngressUrl(opts.url),
    headers: lowerCased(opts.headers),
    retryPolicy: resolveRetryPolicy(opts.retry),
    serde: opts.serde,
    codec: opts.journalValueCodec,
    fetch: opts.fetch,
    ports,
  };
  // The functions of a client are made when they are asked for: their types are those of `Ingress`.
  return {
    ...clientsOf(connection, undefined),
    ...genericFunctions(connection),
    scope: (scopeKey: string) => clientsOf(connection, scopeKey),
    resolveAwakeable: (id: string, payload?: unknown, serde?: Serde<unknown>) =>
      resolveAwakeable(connection, id, payload, serde),
    rejectAwakeable: (id: string, reason: string) => rejectAwakeable(connection, id, reason),
    result: (sent: Receipt, serde?: Serde<unknown>) => result(connection, sent, serde),
  } as Ingress;
}

type Receipt = Send<unknown> | WorkflowSubmission<unknown>;

/** A definition, a contract, or a mere name. */
interface Named {
  readonly name: string;
  readonly _kind?: ServiceKind;
  readonly _handlers?: HandlerDescriptors;
}

/** A page in a browser may speak to the server that it comes from. */
function toIngressUrl(url: string): string {
  return url.startsWith("/") ? url.replace(/\/+$/, "") : toBaseUrl(url, "the ingress");
}

function clientsOf(connection: Connection, scope: string | undefined): ScopedIngress {
  const plain = (verb: typeof call) => (definition: Named) => {
    assertKind(definition, false);
    return createClient(connection, verb, definition, { scope });
  };
  const keyed = (verb: typeof call) => (definition: Named, key: string) => {
    assertKind(definition, true);
    assertKey(definition, key);
    return createClient(connection, verb, definition, { key, scope });
  };
  const either = (verb: typeof call) => (contract: Named, key: string) =>
    contract._kind === "service" ? plain(verb)(contract) : keyed(verb)(contract, key);
  return {
    serviceClient: plain(call),
    serviceSendClient: plain(send),
    objectClient: keyed(call),
    objectSendClient: keyed(send),
    client: either(call),
    sendClient: either(send),
    workflowClient: (definition: Named, key: string) => {
      const { name, _handlers } = definition;
      const client = keyed(call)(definition, key);
      const workflow = { name, key, scope, run: _handlers?.run };
      return Object.assign(client, workflowFunctions(connection, workflow));
    },
  } as unknown as ScopedIngress;
}

function assertKind({ name, _kind: kind }: Named, isKeyed: boolean): void {
  if (kind === undefined || isKeyed === (kind !== "service")) return;
  throw new TypeError(
    isKeyed
      ? `${name} is a service and has no keys: use serviceClient(…)`
      : `${name} is ${kind === "object" ? "a virtual object" : "a workflow"}: use ` +
          `${kind}Client(…, key)`,
  );
}

function assertKey({ name }: Named, key: unknown): void {
  if (typeof key === "string") return;
  throw new TypeError(`a client of ${name} needs a key, a string; got ${String(key)}`);
}

/** An object with a function under every name. */
function createClient(
  connection: Connection,
  verb: typeof call,
  { name: service, _handlers: handlers }: Named,
  target: { readonly key?: string; readonly scope: string | undefined },
): object {
  return new Proxy<Record<string, unknown>>(Object.create(null), {
    get(own, handler) {
      // A client is no promise: `await client` must not call a handler.
      if (typeof handler !== "string" || handler === "then") return undefined;
      own[handler] ??= async (...args: unknown[]) =>
        verb(connection, {
          target: { service, handler, ...target },
          descriptor: handlers?.[handler],
          ...parseArguments(args),
        });
      return own[handler];
    },
  });
}

interface GenericOptions {
  readonly service: string;
  readonly handler: string;
  readonly parameter: unknown;
  readonly key?: string;
  readonly scope?: string;
  readonly opts?: unknown;
}

function genericFunctions(connection: Connection) {
  const generic =
    (verb: typeof call) =>
    async ({ service, handler, parameter, key, scope, opts }: GenericOptions) =>
      verb(connection, {
        target: { service, handler, key, scope },
        fallbackSerde: parameter instanceof Uint8Array ? binary : undefined,
        ...parseArguments([parameter, opts]),
      });
  return { call: generic(call), send: generic(send) };
}

async function resolveAwakeable(
  connection: Connection,
  id: string,
  payload: unknown,
  serde: Serde<unknown> | undefined,
): Promise<void> {
  const { body, headers } = toBody(connection, pickSerde(connection, serde), payload);
  await exchange(connection, {
    method: "POST",
    path: toPath(["restate", "a", id, "resolve"]),
    headers,
    ...(body === undefined ? {} : { body }),
    isRepeatable: false,
  });
}

async function rejectAwakeable(connection: Connection, id: string, reason: string): Promise<void> {
  await exchange(connection, {
    method: "POST",
    path: toPath(["restate", "a", id, "reject"]),
    headers: { "content-type": "text/plain" },
    body: reason,
    isRepeatable: false,
  });
}

async function result(
  connection: Connection,
  { invocationId, attachable }: Receipt,
  serde: Serde<unknown> | undefined,
): Promise<unknown> {
  if (!attachable) {
    throw new Error(
      `the result of invocation ${invocationId} is not kept: send with an idempotencyKey to ask ` +
        "for it later",
    );
  }
  const request: IngressRequest = {
    method: "GET",
    path: toPath(["restate", "invocation", invocationId, "attach"]),
    headers: {},
    isRepeatable: true,
  };
  const bytes = await exchange(connection, request);
  return readResult(connection, request, pickSerde(connection, serde), bytes);
}
