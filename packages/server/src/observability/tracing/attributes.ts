/** What spans say of their invocation: the names of the ecosystem. */
import type { Attributes } from "@opentelemetry/api";
import type { Target } from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";

export function formatTarget({ service, handler, key }: Target): string {
  return key === "" ? `${service}/${handler}` : `${service}/${key}/${handler}`;
}

/** Without the key, of which there may be any number. */
export function nameOf({ service, handler }: Target): string {
  return `${service}/${handler}`;
}

export function invocationAttributes(key: InvocationKey, target: Target): Attributes {
  return {
    "rpc.service": target.service,
    "rpc.method": target.handler,
    "restate.invocation.id": formatInvocationId(key),
    "restate.invocation.target": formatTarget(target),
    ...(target.scope === undefined || target.scope === "" ? {} : { "rejoin.scope": target.scope }),
  };
}
