/** Restart: a new invocation repeats a completed one, from its input or from a place in its journal. */
import {
  createInvocationKey,
  type InvocationKey,
  partitionKeyOf,
  ulidBytes,
} from "@rejoin/protocol";
import type { Invocation, Pin } from "../model/invocation.ts";
import type { DeploymentChoice } from "../records.ts";
import { inputRows } from "../rows/input-row.ts";
import { putTask } from "../tasks/put-task.ts";
import type { Transaction } from "../transaction.ts";
import { begin, createInvocation } from "./birth.ts";
import { chooseDeployment } from "./choose-deployment.ts";
import { type Operated, refused } from "./operated.ts";

/** From this protocol version on, an invocation can draw another one's random numbers. */
const SEED_VERSION = 6;

export interface RestartOptions {
  /** The last entry of the old journal that the new one begins with, 0 for the input alone. */
  readonly from: number;
  readonly deployment: DeploymentChoice;
}

export function restartInvocation(
  txn: Transaction,
  old: Invocation,
  options: RestartOptions,
): Operated {
  const problem = problemOf(old, options.from);
  if (problem !== undefined) return problem;
  const chosen = chooseDeployment(txn, old, options.deployment);
  if ("kind" in chosen) return chosen;
  const key = newKey(txn, old.key);
  const invocation = createFrom(txn, old, key, options.from > 0);
  txn.insert(invocation);
  txn.born.push(key);
  if (options.from === 0) {
    if (options.deployment !== "latest") invocation.pin = chosen.pin;
    begin(txn, invocation);
  } else {
    copyLater(txn, old, invocation, chosen.pin, options.from);
  }
  return { kind: "restarted", key };
}

function problemOf(old: Invocation, from: number): Operated | undefined {
  if (old.status === "scheduled" || old.status === "inboxed") {
    return refused("notStarted", "it has not been started yet");
  }
  if (old.status !== "completed") return refused("running", `it is ${old.status}`);
  if (old.target.handlerKind === "workflow") {
    return refused("unsupported", "a workflow runs once for each key: purge it and start it again");
  }
  if (old.journalLength === 0) return refused("gone", "its journal has been deleted");
  if (from >= old.journalLength) {
    return refused(
      "badEntry",
      `its journal has ${old.journalLength} entries, 0 to ${old.journalLength - 1}`,
    );
  }
  if (from > 0 && (old.pin?.protocolVersion ?? 0) < SEED_VERSION) {
    return refused(
      "unsupported",
      `only one of protocol version ${SEED_VERSION} or newer can be restarted in its middle`,
    );
  }
  return undefined;
}

function newKey(txn: Transaction, old: InvocationKey): InvocationKey {
  const { timeMs, random } = txn.context;
  return createInvocationKey(partitionKeyOf(old), ulidBytes(timeMs, random, txn.nextId()));
}

function createFrom(
  txn: Transaction,
  old: Invocation,
  key: InvocationKey,
  continues: boolean,
): Invocation {
  const input =
    old.input.kind === "inline" ? old.input.bytes : (txn.row(inputRows, old.key) ?? NOTHING);
  return createInvocation(
    txn,
    {
      key,
      target: old.target,
      idempotencyKey: undefined,
      limitKey: old.limitKey,
      headers: old.headers,
      input,
      scheduledFor: 0,
      caller: { kind: "ingress" },
      root: key,
      restartedFrom: old.key,
      ...(continues ? { seedOf: old.seedOf ?? old.key } : {}),
    },
    { completionMs: old.completionRetentionMs, journalMs: old.journalRetentionMs },
  );
}

const NOTHING = new Uint8Array(0);

/** It stays scheduled until a task has given it its journal. */
function copyLater(
  txn: Transaction,
  old: Invocation,
  invocation: Invocation,
  pin: Pin | undefined,
  from: number,
): void {
  invocation.pin = pin;
  putTask(txn, {
    kind: "copy",
    key: invocation.key,
    from: old.key,
    fromBornIn: old.bornIn,
    upTo: from,
    nextEntry: 1,
  });
}
