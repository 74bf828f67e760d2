/** The id of the invocation that a request determines, or that an id names. */
import { createInvocationKey, type InvocationKey, parseInvocationId } from "./ids.ts";
import type { AttachTarget, Uint64 } from "./messages.ts";
import {
  partitionKeyOfIdempotentRequest,
  partitionKeyOfKey,
  partitionKeyOfScope,
} from "./partition-keys.ts";
import { type DeterministicTarget, deterministicUuid } from "./uuids.ts";

/**
 * The invocation that `target` names. Whether a request without a key is one for the key "" depends
 * on the service: `isKeyed` says so. Throws an `IdError` for an invocation id that is none.
 */
export function invocationKeyOf(
  target: AttachTarget,
  isKeyed: (service: string) => boolean,
): InvocationKey {
  if (target.kind === "invocation") return parseInvocationId(target.invocationId);
  const scope = target.scope === "" ? undefined : target.scope;
  const whole = { ...target, ...(scope === undefined ? {} : { scope }) };
  if (scope === undefined) delete (whole as { scope?: string }).scope;
  return deterministicKey(whole, isKeyed);
}

function deterministicKey(
  target: DeterministicTarget,
  isKeyed: (service: string) => boolean,
): InvocationKey {
  if (target.kind === "workflow") {
    const uuid = deterministicUuid(target);
    return createInvocationKey(scopedKey(target.scope) ?? partitionKeyOfKey(target.key), uuid);
  }
  const { service, idempotencyKey, scope } = target;
  if (isKeyed(service)) {
    const key = target.key ?? "";
    const uuid = deterministicUuid({ ...target, key });
    return createInvocationKey(scopedKey(scope) ?? partitionKeyOfKey(key), uuid);
  }
  const { key: _, ...unkeyed } = target;
  const partitionKey = scopedKey(scope) ?? partitionKeyOfIdempotentRequest(service, idempotencyKey);
  return createInvocationKey(partitionKey, deterministicUuid(unkeyed));
}

function scopedKey(scope: string | undefined): Uint64 | undefined {
  return scope === undefined ? undefined : partitionKeyOfScope(scope);
}
