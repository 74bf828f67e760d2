/** Invocations that were alive when the partition was opened: those that were invoked run again. */
import { askCaller } from "../limits/slots.ts";
import type { RecoverRecord } from "../records.ts";
import type { Transaction } from "../transaction.ts";

/** Writes nothing. One that backs off has its timer. */
export function applyRecover(txn: Transaction, record: RecoverRecord): void {
  for (const key of record.keys) {
    const invocation = txn.invocation(key);
    if (invocation?.status !== "invoked" || invocation.nextRetryAt !== 0) continue;
    if (invocation.waitingFor === undefined) txn.actions.push({ kind: "start", invocation });
    else if (invocation.waitingFor.limiter === "") {
      txn.actions.push({ kind: "requestSlots", key, start: invocation.starts });
    } else askCaller(txn, invocation, invocation.waitingFor.limiter);
  }
}
