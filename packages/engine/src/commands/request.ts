/** What Call and OneWayCall share: the target, the callee's id and the message to it. */
import {
  type CallCommand,
  createInvocationKey,
  deterministicUuid,
  formatInvocationId,
  type InvocationKey,
  type OneWayCallCommand,
  partitionKeyOf,
  partitionKeyOfIdempotentRequest,
  partitionKeyOfKey,
  ulidBytes,
} from "@rejoin/protocol";
import { appendCommand, appendNotification } from "../journal.ts";
import type { Target } from "../model/invocation.ts";
import type { Transaction } from "../transaction.ts";
import { type CommandProblem, type CommandStep, problem } from "./command.ts";

type RequestCommand = CallCommand | OneWayCallCommand;

export interface RequestOptions {
  /** Of the command's result, 0 for a one-way call. */
  readonly completionId: number;
  /** When the callee is due, 0 for at once. */
  readonly scheduledFor: number;
}

/** Stores the command, creates the callee and tells the caller its id. */
export function applyRequest(
  step: CommandStep<RequestCommand>,
  options: RequestOptions,
): CommandProblem | undefined {
  const { txn, invocation, command, item } = step;
  const target = targetOf(txn, command);
  if ("message" in target) return target;
  if (command.idempotencyKey === "") {
    return problem("RT0017", 500, `the idempotency key of a call to ${format(target)} is empty`);
  }
  const callee = calleeKey(txn, invocation.key, command, target);
  appendCommand(txn, invocation, command, item);
  invocation.childrenStarted += 1;
  txn.send({
    kind: "invoke",
    to: callee.key,
    fresh: callee.fresh,
    target,
    idempotencyKey: command.idempotencyKey,
    headers: command.headers,
    input: command.parameter,
    scheduledFor: options.scheduledFor,
    caller: invocation.key,
    callerBornIn: invocation.bornIn,
    completionId: options.completionId,
    root: invocation.root,
  });
  appendNotification(txn, invocation, {
    kind: "callInvocationIdCompletion",
    completionId: command.invocationIdCompletionId,
    result: { kind: "invocationId", invocationId: formatInvocationId(callee.key) },
  });
  return undefined;
}

function format(target: Target): string {
  return `${target.service}/${target.handler}`;
}

function targetOf(txn: Transaction, command: RequestCommand): Target | CommandProblem {
  const { service, handler, key } = command;
  const revision = txn.registry.latest(service);
  const settings = revision?.handlers.get(handler);
  if (revision === undefined || settings === undefined) {
    const what = revision === undefined ? `service ${service}` : `handler ${service}/${handler}`;
    return problem("RT0018", 404, `the called ${what} is not registered; register its deployment`);
  }
  if (revision.kind === "service" && key !== "") {
    return problem("RT0017", 500, `${service} is a plain service: it is called without a key`);
  }
  return { service, handler, key, handlerKind: settings.kind };
}

/** A call without key and idempotency key stays in its caller's partition. */
function calleeKey(
  txn: Transaction,
  caller: InvocationKey,
  command: RequestCommand,
  target: Target,
): { readonly key: InvocationKey; readonly fresh: boolean } {
  const { service, handler, key, idempotencyKey } = command;
  const keyed = target.handlerKind !== "service";
  if (idempotencyKey !== undefined) {
    const request = { kind: "idempotentRequest", service, handler, idempotencyKey } as const;
    const uuid = deterministicUuid(keyed ? { ...request, key } : request);
    const partitionKey = keyed
      ? partitionKeyOfKey(key)
      : partitionKeyOfIdempotentRequest(service, idempotencyKey);
    return { key: createInvocationKey(partitionKey, uuid), fresh: false };
  }
  const uuid = ulidBytes(txn.context.timeMs, txn.context.random, txn.nextId());
  if (keyed) return { key: createInvocationKey(partitionKeyOfKey(key), uuid), fresh: true };
  return { key: createInvocationKey(partitionKeyOf(caller), uuid), fresh: true };
}
