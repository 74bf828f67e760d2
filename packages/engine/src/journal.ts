/** Appending to an invocation's journal: commands from its attempt, notifications from anywhere. */
import {
  CANCEL_SIGNAL_INDEX,
  type Command,
  encodeFrame,
  type Notification,
  type ProtocolVersion,
} from "@rejoin/protocol";
import { observeSuspended, requireAwaiting } from "./lifecycle/suspension.ts";
import type { Invocation } from "./model/invocation.ts";
import { NotificationIndex } from "./model/notification-index.ts";
import { storeEntryFrame } from "./payloads.ts";
import type { AttemptItem } from "./records.ts";
import { FRAME_HEADER_BYTES } from "./rows/journal-rows.ts";
import type { Transaction } from "./transaction.ts";

/** Notifications are written in this version for an invocation that is not pinned yet. */
const UNPINNED_VERSION: ProtocolVersion = 7;

/** Appends a command and acknowledges it if its frame asked for that. */
export function appendCommand(
  txn: Transaction,
  invocation: Invocation,
  command: Command,
  item: AttemptItem,
): void {
  const frame = item.frame === undefined ? encodeCommand(invocation, command) : plain(item.frame);
  append(txn, invocation, frame);
  countCommand(txn, invocation, command);
}

/** Counts a command that is kept elsewhere than in a segment. */
export function countCommand(txn: Transaction, invocation: Invocation, command: Command): void {
  if (command.requestAck === true) {
    txn.actions.push({
      kind: "ackCommand",
      key: invocation.key,
      start: invocation.starts,
      commandIndex: invocation.commandCount,
    });
  }
  invocation.commandCount += 1;
  invocation.retriesSinceEntry = 0;
  invocation.lastEntryAt = txn.context.timeMs;
}

function encodeCommand(invocation: Invocation, command: Command): Uint8Array {
  const version = (invocation.pin?.protocolVersion ?? UNPINNED_VERSION) as ProtocolVersion;
  if (command.requestAck !== true) return encodeFrame(command, version);
  return encodeFrame({ ...command, requestAck: false }, version);
}

/** The frame with its flags cleared: a server never sends any. */
function plain(frame: Uint8Array): Uint8Array {
  if (frame[2] === 0 && frame[3] === 0) return frame;
  const copy = frame.slice();
  copy[2] = 0;
  copy[3] = 0;
  return copy;
}

/**
 * Appends a notification, passes it to the open attempt, or resumes the invocation if that is what
 * it was waiting for. `ackOfRun`: the attempt asked only for an acknowledgement of this completion.
 */
export function appendNotification(
  txn: Transaction,
  invocation: Invocation,
  notification: Notification,
  ackOfRun?: number,
): void {
  const version = (invocation.pin?.protocolVersion ?? UNPINNED_VERSION) as ProtocolVersion;
  const frame = encodeFrame(notification, version);
  const index = invocation.journalLength;
  const derived = txn.derived(invocation.key);
  if (invocation.notificationCount === 0) derived.index ??= new NotificationIndex();
  const wasSuspended = invocation.status === "suspended";
  if (wasSuspended) requireAwaiting(txn, invocation);
  append(txn, invocation, frame);
  invocation.notificationCount += 1;
  if (notification.kind === "signal" && notification.signalIndex === CANCEL_SIGNAL_INDEX) {
    invocation.cancelIndex = index;
  }
  if (invocation.status === "invoked") {
    txn.actions.push({
      kind: "notify",
      key: invocation.key,
      start: invocation.starts,
      index,
      message: notification,
      frame,
      ackOfRun,
    });
  }
  txn.settlements.push(() => {
    derived.index?.record(notification, index);
    // A suspension that follows in the same record looks at the index itself.
    const stillSuspended = wasSuspended && invocation.status === "suspended";
    if (stillSuspended) observeSuspended(txn, invocation, notification);
  });
}

function append(txn: Transaction, invocation: Invocation, frame: Uint8Array): void {
  const stored = storeEntryFrame(txn, invocation, frame);
  txn.appends.push({ key: invocation.key, index: invocation.journalLength, frame: stored });
  invocation.journalLength += 1;
  invocation.hasJournalRows = true;
}

/** Appends an entry of the journal that a restarted invocation begins with. */
export function appendCopied(
  txn: Transaction,
  invocation: Invocation,
  frame: Uint8Array,
  isNotification: boolean,
): void {
  append(txn, invocation, frame);
  if (!isNotification) {
    invocation.commandCount += 1;
    return;
  }
  invocation.notificationCount += 1;
  // A signal may have begun an index that knows nothing of these: it is made anew when needed.
  txn.settlements.push(() => {
    txn.derived(invocation.key).index = undefined;
  });
}

/** The bytes of an entry's body, without its frame header. */
export function frameBody(frame: Uint8Array): Uint8Array {
  return frame.subarray(FRAME_HEADER_BYTES);
}
