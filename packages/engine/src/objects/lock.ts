/**
 * The lock of a virtual object: one exclusive invocation has it, the others wait in its inbox and
 * get it in the order in which they came.
 *
 * The inbox is a range of sequence numbers. Who is cancelled while waiting leaves a gap; a long row
 * of gaps is stepped over by a task, a page at a time, during which the task holds the lock.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { startWithSlots } from "../limits/slots.ts";
import { type Invocation, transition } from "../model/invocation.ts";
import { type InboxEntry, inboxKey, inboxRows, type StateMutation } from "../rows/inbox-row.ts";
import { type InstanceId, instanceOf } from "../rows/instance.ts";
import { IDLE_OBJECT, type ObjectRow, objectRows } from "../rows/object-row.ts";
import { putTask } from "../tasks/put-task.ts";
import type { Transaction } from "../transaction.ts";
import { replaceState } from "./replace-state.ts";

/** Places of an inbox that one record looks at. */
const PLACES_MAX = 32;
/** Changes of state that one record applies before it lets the next holder wait for a task. */
const MUTATIONS_MAX = 4;

/** Takes the lock for `invocation`, or puts it into the inbox; whether it has the lock. */
export function acquire(txn: Transaction, invocation: Invocation): boolean {
  const instance = instanceOf(invocation.target);
  const object = txn.row(objectRows, instance) ?? IDLE_OBJECT;
  if (object.holder === undefined) {
    putObject(txn, instance, { ...object, holder: invocation.key });
    return true;
  }
  invocation.inboxSequence = enqueue(txn, instance, object, {
    kind: "invocation",
    key: invocation.key,
  });
  return false;
}

/** Puts a change of state into the inbox of a locked object. */
export function enqueueMutation(
  txn: Transaction,
  instance: InstanceId,
  object: ObjectRow,
  mutation: StateMutation,
): void {
  enqueue(txn, instance, object, { kind: "mutation", mutation });
}

function enqueue(
  txn: Transaction,
  instance: InstanceId,
  object: ObjectRow,
  entry: InboxEntry,
): number {
  txn.put(inboxRows, inboxKey(instance, object.tail), entry);
  putObject(txn, instance, { ...object, tail: object.tail + 1 });
  return object.tail;
}

/** Takes an invocation that waits out of the inbox. */
export function leaveInbox(txn: Transaction, invocation: Invocation): void {
  const instance = instanceOf(invocation.target);
  txn.put(inboxRows, inboxKey(instance, invocation.inboxSequence), undefined);
  invocation.inboxSequence = 0;
}

/** Gives the lock of `invocation` to the next in the inbox. */
export function release(txn: Transaction, invocation: Invocation): void {
  const instance = instanceOf(invocation.target);
  const object = txn.row(objectRows, instance);
  if (object?.holder !== invocation.key) return;
  handOver(txn, instance, object);
}

/** Notes what {@link release} will read, as far as it is known; `false` when that is all. */
export function probeRelease(txn: Transaction, invocation: Invocation): boolean {
  const instance = instanceOf(invocation.target);
  if (txn.probe(objectRows, instance)) return true;
  const object = txn.row(objectRows, instance);
  if (object?.holder !== invocation.key || object.head === object.tail) return false;
  const place = inboxKey(instance, object.head);
  if (txn.probe(inboxRows, place)) return true;
  const entry = txn.row(inboxRows, place);
  return entry?.kind === "invocation" && txn.probeInvocation(entry.key);
}

/** The lock has no holder: the next in the inbox gets it, after the changes of state before it. */
export function handOver(txn: Transaction, instance: InstanceId, from: ObjectRow): void {
  let object: ObjectRow = { ...from, holder: undefined };
  for (let mutations = 0; mutations <= MUTATIONS_MAX; mutations++) {
    const found = firstWaiting(txn, instance, object);
    if (found === "none") {
      putObject(txn, instance, { ...object, head: object.tail });
      return;
    }
    if (found === "gap" || mutations === MUTATIONS_MAX) {
      const head = found === "gap" ? object.head + PLACES_MAX : object.head;
      putObject(txn, instance, { ...object, head, holder: "task" });
      putTask(txn, { kind: "unlock", instance });
      return;
    }
    const { entry, sequence } = found;
    txn.put(inboxRows, inboxKey(instance, sequence), undefined);
    object = { ...object, head: sequence + 1 };
    if (entry.kind === "invocation") {
      putObject(txn, instance, { ...object, holder: entry.key });
      startInboxed(txn, entry.key);
      return;
    }
    object = replaceState(txn, instance, object, entry.mutation).object;
  }
}

type Found = { readonly entry: InboxEntry; readonly sequence: number } | "none" | "gap";

function firstWaiting(txn: Transaction, instance: InstanceId, object: ObjectRow): Found {
  const { head, tail } = object;
  if (head === tail) return "none";
  const first = txn.row(inboxRows, inboxKey(instance, head));
  if (first !== undefined) return { entry: first, sequence: head };
  const end = Math.min(tail, head + PLACES_MAX);
  for (let at = head; at < end; at++) txn.probe(inboxRows, inboxKey(instance, at));
  txn.throwIfLacking();
  for (let at = head; at < end; at++) {
    const entry = txn.row(inboxRows, inboxKey(instance, at));
    if (entry !== undefined) return { entry, sequence: at };
  }
  return end === tail ? "none" : "gap";
}

function startInboxed(txn: Transaction, key: InvocationKey): void {
  const invocation = txn.edit(key);
  if (invocation === undefined) return;
  invocation.inboxSequence = 0;
  transition(invocation, "invoked");
  invocation.starts += 1;
  startWithSlots(txn, invocation);
}

/** Writes the row, or deletes it if it says nothing. */
export function putObject(txn: Transaction, instance: InstanceId, object: ObjectRow): void {
  const isIdle = object.holder === undefined && object.head === object.tail;
  if (isIdle && object.generation === 0) txn.put(objectRows, instance, undefined);
  else txn.put(objectRows, instance, isIdle ? { ...object, head: 1, tail: 1 } : object);
}
