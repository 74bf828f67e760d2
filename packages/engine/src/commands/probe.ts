/** Asks at once for what the commands of a record will read, so that few rounds are needed. */
import type { Invocation } from "../model/invocation.ts";
import { isFresh } from "../objects/replace-state.ts";
import type { AttemptItem } from "../records.ts";
import { type InstanceId, instanceOf } from "../rows/instance.ts";
import { IDLE_OBJECT, objectRows } from "../rows/object-row.ts";
import { promiseKey, promiseRows } from "../rows/promise-row.ts";
import { stateKey, stateMapKey, stateMapRows, stateRows } from "../rows/state-rows.ts";
import type { Transaction } from "../transaction.ts";

const ON_STATE = new Set([
  "getLazyState",
  "getLazyStateKeys",
  "getEagerState",
  "getEagerStateKeys",
  "setState",
  "clearState",
  "clearAllState",
]);

export function probeCommands(
  txn: Transaction,
  { target }: Invocation,
  items: readonly AttemptItem[],
): void {
  if (target.handlerKind === "service") return;
  const instance = instanceOf(target);
  probePromises(txn, instance, items);
  if (!items.some(({ message }) => ON_STATE.has(message.kind))) {
    txn.throwIfLacking();
    return;
  }
  txn.probe(objectRows, instance);
  txn.throwIfLacking();
  probeState(txn, instance, items);
  txn.throwIfLacking();
}

function probePromises(
  txn: Transaction,
  instance: InstanceId,
  items: readonly AttemptItem[],
): void {
  for (const { message } of items) {
    switch (message.kind) {
      case "getPromise":
      case "peekPromise":
      case "completePromise":
        txn.probe(promiseRows, promiseKey(instance, message.key));
        break;
      default:
    }
  }
}

/** What is read after the state has been cleared has been written since, by this record. */
function probeState(txn: Transaction, instance: InstanceId, items: readonly AttemptItem[]): void {
  const { generation } = txn.row(objectRows, instance) ?? IDLE_OBJECT;
  if (isFresh(txn, instance, generation)) return;
  for (const { message } of items) {
    switch (message.kind) {
      case "getLazyState":
        txn.probe(stateRows, stateKey(instance, generation, message.key));
        break;
      case "getLazyStateKeys":
        txn.probe(stateMapRows, stateMapKey(txn.nonce, instance, generation));
        break;
      case "clearAllState":
        return;
      default:
    }
  }
}
