/** Durable timers: a row, and a wake-up once it is durable. */
import { type TimerId, timerRowKey, timerRowValue } from "./rows/keys.ts";
import type { Transaction } from "./transaction.ts";

export function setTimer(txn: Transaction, timer: TimerId): void {
  txn.rawWrites.push({ key: timerRowKey(timer), value: timerRowValue(timer) });
  txn.actions.push({ kind: "setTimer", timer });
}
