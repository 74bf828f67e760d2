/** What an operator asks for: one file an operation, and here which. */
import { unreachable } from "../invariant.ts";
import type { Invocation } from "../model/invocation.ts";
import type { OperateRecord, Operation } from "../records.ts";
import type { Transaction } from "../transaction.ts";
import { cancelInvocation } from "./cancel.ts";
import { killInvocation } from "./kill.ts";
import { type Operated, refused } from "./operated.ts";
import { pauseInvocation } from "./pause.ts";
import { purgeInvocation } from "./purge.ts";
import { restartInvocation } from "./restart.ts";
import { resumeInvocation } from "./resume-paused.ts";

export function applyOperate(txn: Transaction, record: OperateRecord): void {
  const current = txn.invocation(record.key);
  const result =
    current === undefined
      ? refused("notFound", "there is no such invocation")
      : operate(txn, current, record.operation);
  txn.actions.push({ kind: "operated", waiter: record.waiter, result });
}

function operate(txn: Transaction, current: Invocation, operation: Operation): Operated {
  switch (operation.kind) {
    case "cancel":
      return cancelInvocation(txn, current);
    case "kill":
      return killInvocation(txn, current);
    case "purge":
    case "purgeJournal":
      return purgeInvocation(txn, current, operation.kind);
    case "pause":
      return pauseInvocation(txn, current);
    case "resume":
      return resumeInvocation(txn, current, operation.deployment);
    case "restart":
      return restartInvocation(txn, current, operation);
    default:
      return unreachable(operation);
  }
}
