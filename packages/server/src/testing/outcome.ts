/**
 * What a scenario came to, without what may differ from run to run: ids become the way in which an
 * invocation was reached, times and the order in which notifications came are left out.
 */
import { createHash } from "node:crypto";
import type { Invocation } from "@rejoin/engine";
import {
  type InvocationKey,
  isNotificationKind,
  type Message,
  type Notification,
  parseInvocationId,
} from "@rejoin/protocol";
import type { Host } from "./host.ts";

export interface InvocationOutcome {
  readonly status: Invocation["status"];
  readonly target: string;
  readonly input: string;
  readonly result: string | undefined;
  /** In program order. */
  readonly commands: readonly string[];
  /** By their ids. */
  readonly notifications: readonly string[];
  readonly children: string;
  readonly lastFailure: string | undefined;
}

/** By the name of the invocation. */
export type Outcome = Readonly<Record<string, InvocationOutcome>>;

export async function outcomeOf(host: Host): Promise<Outcome> {
  const invocations = await host.invocations();
  const journals = new Map<InvocationKey, Message[]>();
  for (const { key } of invocations) journals.set(key, await host.journal(key));
  const names = nameAll(invocations, journals);
  const outcome: Record<string, InvocationOutcome> = {};
  for (const invocation of invocations) {
    const name = names.get(invocation.key) ?? "?";
    if (outcome[name] !== undefined) throw new Error(`two invocations are named ${name}`);
    outcome[name] = await describe(host, invocation, journals.get(invocation.key) ?? [], names);
  }
  return Object.fromEntries(Object.entries(outcome).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function targetOf({ target: { service, key, handler } }: Invocation): string {
  return key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`;
}

type Names = ReadonlyMap<InvocationKey, string>;

/** An idempotency key, a place below the caller, or the input that the ingress gave. */
function nameAll(
  invocations: readonly Invocation[],
  journals: ReadonlyMap<InvocationKey, readonly Message[]>,
): Names {
  const names = new Map<InvocationKey, string>();
  for (const invocation of invocations) {
    const { key, idempotencyKey, caller } = invocation;
    if (idempotencyKey !== undefined) names.set(key, `${targetOf(invocation)}#${idempotencyKey}`);
    else if (caller.kind === "ingress") {
      const again = invocation.restartedFrom === undefined ? "" : " again";
      names.set(key, `${targetOf(invocation)}(${inputOf(invocation)})${again}`);
    }
  }
  const callees = new Map<InvocationKey, readonly (readonly [number, InvocationKey])[]>();
  for (const [key, journal] of journals) callees.set(key, calleesOf(journal));
  const byKey = new Map(invocations.map((invocation) => [invocation.key, invocation]));
  const queue = [...names.keys()];
  for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
    for (const [id, callee] of callees.get(key) ?? []) {
      const invocation = byKey.get(callee);
      if (invocation === undefined || names.has(callee)) continue;
      names.set(callee, `${names.get(key)} > ${id} ${targetOf(invocation)}`);
      queue.push(callee);
    }
  }
  return names;
}

function calleesOf(journal: readonly Message[]): (readonly [number, InvocationKey])[] {
  return journal.flatMap((message) => {
    if (message.kind !== "callInvocationIdCompletion") return [];
    if (message.result.kind !== "invocationId") return [];
    return [[message.completionId, parseInvocationId(message.result.invocationId)] as const];
  });
}

async function describe(
  host: Host,
  invocation: Invocation,
  journal: readonly Message[],
  names: Names,
): Promise<InvocationOutcome> {
  const { status, childrenStarted, childrenSucceeded, childrenFailed } = invocation;
  const result = await host.resultOf(invocation);
  const commands = journal.filter((message) => !isNotificationKind(message.kind));
  const notifications = journal.filter((message) => isNotificationKind(message.kind));
  return {
    status,
    target: targetOf(invocation),
    input: inputOf(invocation),
    result: typeof result === "object" ? content(result) : result,
    commands: commands.map((message) => toText(message, names)),
    notifications: notifications.map((message) => toText(message, names)).sort(byId),
    children: `${childrenStarted} started, ${childrenSucceeded} succeeded, ${childrenFailed} failed`,
    lastFailure: invocation.lastFailure?.docCode,
  };
}

function inputOf({ input }: Invocation): string {
  return input.kind === "inline" ? content(input.bytes) : `${input.length} bytes in rows`;
}

function content(bytes: Uint8Array): string {
  if (bytes.length <= 40) return new TextDecoder().decode(bytes);
  return `${bytes.length} bytes ${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}`;
}

function byId(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => Number(/\d+/.exec(text)?.[0] ?? 0)) as [
    number,
    number,
  ];
  return left - right || (a < b ? -1 : 1);
}

function toText(message: Message, names: Names): string {
  switch (message.kind) {
    case "call":
    case "oneWayCall": {
      const { service, handler, parameter, idempotencyKey } = message;
      const target = message.key === "" ? handler : `${message.key}/${handler}`;
      const later = message.kind === "oneWayCall" && message.invokeTime > 0 ? " later" : "";
      const key = idempotencyKey === undefined ? "" : `#${idempotencyKey}`;
      return `${message.kind} ${service}/${target}${key}(${content(parameter)})${later}`;
    }
    case "output":
      return `output ${resultText(message.result as Notification["result"], names)}`;
    case "setState":
      return `setState ${content(message.key)} = ${content(message.value)}`;
    case "getEagerState":
      return `getEagerState ${content(message.key)}: ${resultText(message.result, names)}`;
    case "sleep":
      return `sleep ${message.resultCompletionId}`;
    default:
      if (!isNotificationKind(message.kind)) return message.kind;
      return notificationText(message as Notification, names);
  }
}

function notificationText(message: Notification, names: Names): string {
  const id =
    message.kind === "signal"
      ? `signal ${message.signalIndex ?? message.signalName}`
      : `${message.completionId} ${message.kind}`;
  return `${id} ${resultText(message.result, names)}`;
}

function resultText(result: Notification["result"], names: Names): string {
  switch (result.kind) {
    case "value":
      return content(result.value);
    case "failure":
      return `failure ${result.failure.code} ${result.failure.message}`;
    case "invocationId":
      return names.get(parseInvocationId(result.invocationId)) ?? "an unknown invocation";
    case "stateKeys":
      return result.keys.map(content).join(",");
    default:
      return result.kind;
  }
}
