/**
 * Retention: a page of invocations whose time is over is deleted, and taken off its list in the
 * same step, so that a crash between two pages loses and repeats nothing.
 */
import type { ExpiryEntry, ExpiryItem, ExpiryPageRecord } from "../records.ts";
import { deleteRows, forgetJournal, probeRemoval, removeInvocation } from "../tasks/delete.ts";
import type { Transaction } from "../transaction.ts";

/** When one is asked for again whose journal is still needed. */
const HELD_MS = 60_000;

export function applyExpiryPage(txn: Transaction, record: ExpiryPageRecord): void {
  const looked = record.page.filter(({ what }) => what !== "header");
  for (const { key } of looked) txn.probeInvocation(key);
  txn.throwIfLacking();
  for (const item of looked) probeRemoval(txn, item.key, item.rows);
  txn.throwIfLacking();
  const left: ExpiryEntry[] = [];
  for (const item of record.page) {
    const entry = expire(txn, item);
    if (entry !== undefined) left.push(entry);
  }
  txn.expiryLists.push({ ...record.list, rest: [...left, ...record.rest] });
}

/** What is left to do for an entry of the list. One of an earlier life of its id has been done. */
function expire(txn: Transaction, item: ExpiryItem): ExpiryEntry | undefined {
  const { key, bornIn, what } = item;
  if (what === "header") {
    deleteRows(txn, item.rows);
    txn.remove(key);
    return undefined;
  }
  const invocation = txn.invocation(key);
  if (invocation === undefined || invocation.bornIn !== bornIn) return undefined;
  if (item.isHeld) {
    txn.expiries.push({ key, bornIn, what, atMs: txn.context.timeMs + HELD_MS });
    return undefined;
  }
  deleteRows(txn, item.rows);
  if (item.more) return { key, bornIn, what };
  if (what === "invocation") removeInvocation(txn, invocation);
  else forgetJournal(txn, key);
  return undefined;
}
