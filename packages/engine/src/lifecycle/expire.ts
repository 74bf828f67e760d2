/**
 * Retention: a page of invocations whose time is over is deleted, and taken off its list in the
 * same step, so that a crash between two pages loses and repeats nothing.
 */
import type { ExpiryEntry, TaskPageRecord } from "../records.ts";
import { awaitingRowKey } from "../rows/keys.ts";
import type { Transaction } from "../transaction.ts";

export function applyExpiryPage(txn: Transaction, record: TaskPageRecord): void {
  for (const { key, what } of record.page) if (what === "journal") txn.probeInvocation(key);
  txn.throwIfLacking();
  const left: ExpiryEntry[] = [];
  for (const item of record.page) {
    for (const key of item.rows) txn.rawWrites.push({ key, value: undefined });
    if (item.more) {
      left.push({ key: item.key, what: item.what });
    } else if (item.what === "invocation") {
      removeInvocation(txn, item.key);
    } else {
      forgetJournal(txn, item.key);
    }
  }
  txn.expiryLists.push({ ...record.list, rest: [...left, ...record.rest] });
}

function removeInvocation(txn: Transaction, key: ExpiryEntry["key"]): void {
  txn.remove(key);
  txn.rawWrites.push({ key: awaitingRowKey(key), value: undefined });
}

function forgetJournal(txn: Transaction, key: ExpiryEntry["key"]): void {
  const invocation = txn.edit(key);
  if (invocation === undefined) return;
  invocation.hasJournalRows = false;
  invocation.journalLength = 0;
}
