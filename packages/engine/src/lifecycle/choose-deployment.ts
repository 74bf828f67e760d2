/** The deployment that an invocation goes on with, and whether it can. */
import type { Invocation, Pin } from "../model/invocation.ts";
import type { DeploymentChoice } from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { type Operated, refused } from "./operated.ts";

/** The invocation keeps its protocol version, which the new deployment has to speak. */
export function chooseDeployment(
  txn: Transaction,
  invocation: Invocation,
  choice: DeploymentChoice,
): { readonly pin: Pin | undefined } | Extract<Operated, { kind: "refused" }> {
  const { pin, target } = invocation;
  if (choice === "keep") return { pin };
  if (pin === undefined) {
    if (choice === "latest") return { pin };
    return bad("it is not bound to a deployment yet: it goes to the newest one");
  }
  const id = choice === "latest" ? txn.registry.latest(target.service)?.deploymentId : choice.id;
  if (id === undefined) return bad(`no deployment of service ${target.service} is registered`);
  const deployment = txn.registry.deployment(id);
  if (deployment === undefined) return bad(`there is no deployment ${id}`);
  const handlers = txn.registry.revisionAt(target.service, id)?.handlers;
  if (handlers?.has(target.handler) !== true) {
    return bad(`deployment ${id} has no handler ${target.service}/${target.handler}`);
  }
  const { minProtocolVersion: min, maxProtocolVersion: max } = deployment;
  if (pin.protocolVersion < min || pin.protocolVersion > max) {
    return bad(
      `it speaks protocol version ${pin.protocolVersion}, deployment ${id} versions ${min} to ${max}`,
    );
  }
  return { pin: { deploymentId: id, protocolVersion: pin.protocolVersion } };
}

function bad(why: string): Extract<Operated, { kind: "refused" }> {
  return refused("badDeployment", why) as Extract<Operated, { kind: "refused" }>;
}
