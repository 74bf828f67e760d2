/** Invocations that were alive when the partition was opened: those that were invoked run again. */
import type { RecoverRecord } from "../records.ts";
import type { Transaction } from "../transaction.ts";

/** Writes nothing. One that backs off has its timer. */
export function applyRecover(txn: Transaction, record: RecoverRecord): void {
  for (const key of record.keys) {
    const invocation = txn.invocation(key);
    if (invocation?.status !== "invoked" || invocation.nextRetryAt !== 0) continue;
    txn.actions.push({ kind: "start", invocation });
  }
}
