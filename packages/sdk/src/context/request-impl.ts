/** `ctx.request()`, put together when it is asked for. */
import type { Attempt } from "../attempt/attempt.ts";
import type { InvocationId } from "../promise/restate-promise.ts";
import type { Request, Target } from "./request.ts";

export function createRequest(attempt: Attempt): Request {
  const { vm, handler, request } = attempt;
  const start = vm.startMessage;
  return {
    target: createTarget(handler.service, handler.name, start.key),
    id: start.debugId as InvocationId,
    headers: new Map(vm.input.headers.map(({ key, value }) => [key, value])),
    attemptHeaders: request.headers,
    body: vm.input.value,
    extraArgs: [...(request.extraArgs ?? [])],
    ...(start.idempotencyKey === undefined ? {} : { idempotencyKey: start.idempotencyKey }),
    ...(start.scope === undefined ? {} : { scope: start.scope }),
    ...(start.limitKey === undefined ? {} : { limitKey: start.limitKey }),
    get attemptCompletedSignal() {
      return attempt.completedSignal;
    },
  };
}

function createTarget(service: string, handler: string, key: string): Target {
  const text = key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`;
  const target = { service, handler, toString: () => text };
  return key === "" ? target : { ...target, key };
}
