/**
 * Concurrency limits. An invocation runs when it has a slot of each limit that it counts towards; it
 * keeps them while it runs or backs off, and gives them back when it suspends, pauses or completes.
 *
 * It takes them one after the other, the narrowest limit first, in an order that is the same for
 * all: so nobody waits for each other, and who holds a slot of a narrow limit while it waits for a
 * wider one keeps out only those who would have to wait for that too. A limit is counted in one
 * partition: that of its scope, where its invocations are, or else that of the hash of its name,
 * which is asked by message.
 */
import {
  createInvocationKey,
  type InvocationKey,
  partitionKeyOfKey,
  partitionKeyOfScope,
} from "@rejoin/protocol";
import type { Invocation, Target } from "../model/invocation.ts";
import type { AcquireMessage, GrantMessage, ReleaseMessage } from "../partition-message.ts";
import {
  FREE_LIMITER,
  type LimiterId,
  type LimiterRow,
  limiterRows,
  slotKey,
  slotRows,
} from "../rows/limiter-rows.ts";
import { putTask } from "../tasks/put-task.ts";
import type { Transaction } from "../transaction.ts";

/** Places of a queue that one record looks at. */
const PLACES_MAX = 32;
const NO_UUID = new Uint8Array(16);
const SCOPE = "scope:";

/** Whether anything limits the invocation. */
export function isLimited(txn: Transaction, { target, limitKey }: Invocation): boolean {
  return txn.registry.limitsOf(target, limitKey).length > 0;
}

/** Starts an invocation that is invoked, or lets it wait for the slot that it lacks. */
export function startWithSlots(txn: Transaction, invocation: Invocation): void {
  const limiters = txn.registry.limitsOf(invocation.target, invocation.limitKey);
  // A limit in front of one that it has a slot of has come into force since: to wait for that now
  // could be to wait for somebody who waits for this one.
  const first = limiters.findLastIndex((limiter) => invocation.slots.includes(limiter)) + 1;
  for (const limiter of limiters.slice(first)) {
    const waiting = acquire(txn, invocation, limiter);
    if (waiting !== undefined) {
      invocation.waitingFor = waiting;
      return;
    }
    invocation.slots = [...invocation.slots, limiter];
  }
  invocation.waitingFor = undefined;
  txn.actions.push({ kind: "start", invocation });
}

/** Asks for the slots later: what {@link startWithSlots} reads cannot be read now. */
export function startLater(txn: Transaction, invocation: Invocation): void {
  if (!isLimited(txn, invocation)) {
    txn.actions.push({ kind: "start", invocation });
    return;
  }
  invocation.waitingFor = { limiter: "", sequence: 0 };
  txn.actions.push({ kind: "requestSlots", key: invocation.key, start: invocation.starts });
}

/** Gives back what the invocation holds, and the place where it waits. */
export function releaseSlots(txn: Transaction, invocation: Invocation): void {
  const { waitingFor, slots } = invocation;
  if (waitingFor !== undefined && waitingFor.sequence > 0) {
    txn.put(slotRows, slotKey(waitingFor.limiter, waitingFor.sequence), undefined);
  }
  invocation.waitingFor = undefined;
  if (slots.length === 0) return;
  invocation.slots = NO_SLOTS;
  for (const limiter of slots) release(txn, limiter);
}

const NO_SLOTS: readonly LimiterId[] = [];

/** Notes what {@link startWithSlots} will read. */
export function probeLimits(txn: Transaction, target: Target, limitKey: string): void {
  for (const limiter of txn.registry.limitsOf(target, limitKey)) {
    if (isHere(txn, limiter)) txn.probe(limiterRows, limiter);
  }
}

/** Asks for what giving back the slots of all of these will read. */
export function probeSlotReleases(txn: Transaction, invocations: readonly Invocation[]): void {
  if (!invocations.some(({ slots }) => slots.length > 0)) return;
  const released = new Map<LimiterId, number>();
  for (const { slots } of invocations) {
    for (const limiter of slots) released.set(limiter, (released.get(limiter) ?? 0) + 1);
  }
  const here = [...released].filter(([limiter]) => isHere(txn, limiter));
  for (const [limiter] of here) txn.probe(limiterRows, limiter);
  txn.throwIfLacking();
  for (const [limiter, count] of here) probeGrants(txn, limiter, count);
  txn.throwIfLacking();
}

/** Notes the places that {@link grantNext} will look at when `released` more slots are free. */
export function probeGrants(txn: Transaction, limiter: LimiterId, released: number): void {
  const { running, head, tail } = txn.row(limiterRows, limiter) ?? FREE_LIMITER;
  const free = concurrencyOf(txn, limiter) - running + released;
  const end = Math.min(tail, head + Math.min(free, PLACES_MAX));
  for (let at = head; at < end; at++) txn.probe(slotRows, slotKey(limiter, at));
}

function isHere({ place }: Transaction, limiter: LimiterId): boolean {
  return place.partitionOf(placeOf(limiter)) === place.partition;
}

function acquire(
  txn: Transaction,
  invocation: Invocation,
  limiter: LimiterId,
): NonNullable<Invocation["waitingFor"]> | undefined {
  const { key, starts: start } = invocation;
  const to = placeOf(limiter);
  if (!isHere(txn, limiter)) {
    txn.send({ kind: "acquire", to, limiter, key, start });
    askCaller(txn, invocation, limiter);
    return { limiter, sequence: 0 };
  }
  const sequence = take(txn, limiter, key, start);
  if (sequence === 0) return undefined;
  askCaller(txn, invocation, limiter);
  return { limiter, sequence };
}

/** Its caller may have a slot of the limit that it waits for, and only await. */
export function askCaller(txn: Transaction, { caller }: Invocation, limiter: LimiterId): void {
  if (caller.kind !== "invocation" || caller.completionId === 0) return;
  txn.actions.push({ kind: "yieldSlot", key: caller.key, limiter });
}

/** Takes a slot, which gives 0, or a place in the queue. */
function take(txn: Transaction, limiter: LimiterId, key: InvocationKey, start: number): number {
  const row = txn.row(limiterRows, limiter) ?? FREE_LIMITER;
  const isFree = row.head === row.tail && row.running < concurrencyOf(txn, limiter);
  if (isFree) {
    txn.put(limiterRows, limiter, { ...row, running: row.running + 1 });
    return 0;
  }
  txn.put(slotRows, slotKey(limiter, row.tail), { key, start });
  txn.put(limiterRows, limiter, { ...row, tail: row.tail + 1 });
  return row.tail;
}

/** An invocation of another partition wants a slot. */
export function applyAcquire(txn: Transaction, message: AcquireMessage): void {
  const { limiter, key, start } = message;
  if (take(txn, limiter, key, start) === 0) {
    txn.send({ kind: "grant", to: key, limiter, start });
  }
}

/** An invocation has been given a slot. If it does not wait for it any more, it goes back. */
export function applyGrant(txn: Transaction, { to, limiter, start }: GrantMessage): void {
  const current = txn.invocation(to);
  const waits =
    current?.status === "invoked" &&
    current.starts === start &&
    current.waitingFor?.limiter === limiter;
  const invocation = waits ? txn.edit(to) : undefined;
  if (invocation === undefined) {
    release(txn, limiter);
    return;
  }
  invocation.slots = [...invocation.slots, limiter];
  startWithSlots(txn, invocation);
}

/** An invocation that was resumed asks for its slots. */
export function applyRequestSlots(txn: Transaction, key: InvocationKey, start: number): void {
  const current = txn.invocation(key);
  if (current?.status !== "invoked" || current.starts !== start) return;
  if (current.waitingFor === undefined || current.waitingFor.limiter !== "") return;
  const invocation = txn.edit(key);
  if (invocation !== undefined) startWithSlots(txn, invocation);
}

function release(txn: Transaction, limiter: LimiterId): void {
  if (isHere(txn, limiter)) giveBack(txn, limiter);
  else txn.send({ kind: "release", to: placeOf(limiter), limiter });
}

export function applyRelease(txn: Transaction, { limiter }: ReleaseMessage): void {
  giveBack(txn, limiter);
}

function giveBack(txn: Transaction, limiter: LimiterId): void {
  const row = txn.row(limiterRows, limiter) ?? FREE_LIMITER;
  grantNext(txn, limiter, { ...row, running: Math.max(0, row.running - 1) });
}

/** Gives free slots to those who wait, as many as one record may. */
export function grantNext(txn: Transaction, limiter: LimiterId, from?: LimiterRow): void {
  let row = from ?? txn.row(limiterRows, limiter) ?? FREE_LIMITER;
  const concurrency = concurrencyOf(txn, limiter);
  const end = Math.min(row.tail, row.head + Math.min(concurrency - row.running, PLACES_MAX));
  for (let at = row.head; at < end; at++) txn.probe(slotRows, slotKey(limiter, at));
  txn.throwIfLacking();
  let looked = 0;
  while (row.running < concurrency && row.head < row.tail && looked < PLACES_MAX) {
    looked += 1;
    const place = slotKey(limiter, row.head);
    const waiter = txn.row(slotRows, place) ?? nextPlaces(txn, limiter, row);
    row = { ...row, head: row.head + 1 };
    if (waiter === undefined) continue;
    txn.put(slotRows, place, undefined);
    row = { ...row, running: row.running + 1 };
    txn.send({ kind: "grant", to: waiter.key, limiter, start: waiter.start });
  }
  const isIdle = row.running === 0 && row.head === row.tail;
  txn.put(limiterRows, limiter, isIdle ? undefined : row);
  if (row.running < concurrency && row.head < row.tail) putTask(txn, { kind: "grant", limiter });
}

/** There is a gap at the head: what follows is asked for at once. */
function nextPlaces(txn: Transaction, limiter: LimiterId, { head, tail }: LimiterRow): undefined {
  for (let at = head + 1; at < Math.min(tail, head + PLACES_MAX); at++) {
    txn.probe(slotRows, slotKey(limiter, at));
  }
  txn.throwIfLacking();
  return undefined;
}

/** A limit that was lifted lets everybody pass. */
function concurrencyOf(txn: Transaction, limiter: LimiterId): number {
  return txn.registry.concurrencyOf(limiter) ?? Number.POSITIVE_INFINITY;
}

/** Decides on the partition that counts. */
function placeOf(limiter: LimiterId): InvocationKey {
  const isScope = limiter.startsWith(SCOPE);
  const [scope = ""] = isScope ? limiter.slice(SCOPE.length).split("/") : [];
  const hash = isScope ? partitionKeyOfScope(scope) : partitionKeyOfKey(limiter);
  return createInvocationKey(hash, NO_UUID);
}
