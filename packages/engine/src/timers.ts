/** Durable timers: a row, and a wake-up once it is durable. */
import { type TimerId, timerRowKey, timerRowValue } from "./rows/keys.ts";
import type { Transaction } from "./transaction.ts";

/** The last instant that has a date: what an endpoint asks for beyond it is as good as never. */
const INSTANT_MAX = 8.64e15;

/** An instant that an endpoint gave, as the store keeps it. */
export function toInstant(timeMs: number): number {
  return Math.min(timeMs, INSTANT_MAX);
}

export function setTimer(txn: Transaction, timer: TimerId): void {
  txn.rawWrites.push({ key: timerRowKey(timer), value: timerRowValue() });
  txn.actions.push({ kind: "setTimer", timer });
}
