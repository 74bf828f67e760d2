/** What Call and OneWayCall share: the target, the callee's id and the message to it. */
import {
  type CallCommand,
  createInvocationKey,
  flowControlProblem,
  formatInvocationId,
  headersOfCallee,
  type InvocationKey,
  invocationKeyOf,
  isTooLong,
  NAME_BYTES_MAX,
  type OneWayCallCommand,
  partitionKeyOf,
  partitionKeyOfKey,
  partitionKeyOfScope,
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
    limitKey: command.limitKey ?? "",
    headers: headersOfCallee(command.headers, {
      caller: invocation,
      callee: callee.key,
      isOneWay: options.completionId === 0,
    }),
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
  if (isTooLong(key)) {
    const text = `the key of a call to ${service}/${handler} has more than ${NAME_BYTES_MAX} bytes`;
    return problem("RT0017", 500, text);
  }
  const flow = flowControlProblem(command.scope, command.limitKey);
  if (flow !== undefined) {
    return problem("RT0024", 500, `the call to ${service}/${handler} is refused: ${flow}`);
  }
  return { service, handler, key, handlerKind: settings.kind, scope: command.scope ?? "" };
}

/** A call without key, idempotency key and scope stays in its caller's partition. */
function calleeKey(
  txn: Transaction,
  caller: InvocationKey,
  command: RequestCommand,
  target: Target,
): { readonly key: InvocationKey; readonly fresh: boolean } {
  const { service, handler, key, idempotencyKey, scope } = command;
  const scoped = scope === undefined || scope === "" ? {} : { scope };
  if (target.handlerKind === "workflow") {
    const run = { kind: "workflow", name: service, key, ...scoped } as const;
    return { key: invocationKeyOf(run, () => true), fresh: false };
  }
  const keyed = target.handlerKind !== "service";
  if (idempotencyKey !== undefined) {
    const request = { service, handler, key, idempotencyKey, ...scoped };
    const to = invocationKeyOf({ kind: "idempotentRequest", ...request }, () => keyed);
    return { key: to, fresh: false };
  }
  const uuid = ulidBytes(txn.context.timeMs, txn.context.random, txn.nextId());
  if (scoped.scope !== undefined) {
    return { key: createInvocationKey(partitionKeyOfScope(scoped.scope), uuid), fresh: true };
  }
  if (keyed) return { key: createInvocationKey(partitionKeyOfKey(key), uuid), fresh: true };
  return { key: createInvocationKey(partitionKeyOf(caller), uuid), fresh: true };
}
