/** A restarted invocation gets another page of the journal that it begins with. */
import { decodeBody, isNotificationKind, messageKind } from "@rejoin/protocol";
import { appendCopied } from "../journal.ts";
import { begin } from "../lifecycle/birth.ts";
import { complete } from "../lifecycle/completion.ts";
import type { Invocation } from "../model/invocation.ts";
import { removeRest, storeOutcome } from "../payloads.ts";
import type { TaskStep } from "../records.ts";
import { FRAME_HEADER_BYTES } from "../rows/journal-rows.ts";
import type { CopyTask } from "../rows/task-row.ts";
import type { Transaction } from "../transaction.ts";

type CopyStep = Extract<TaskStep, { kind: "copy" }>;

const SOURCE_LOST = {
  code: 410,
  message: "the journal to begin with was deleted before it had been copied",
};
const NEWEST_VERSION = 7;

/** What is left to copy; with the last page the invocation starts. */
export function copyStep(txn: Transaction, task: CopyTask, step: CopyStep): CopyTask | undefined {
  const current = txn.invocation(task.key);
  if (current?.status !== "scheduled") return undefined;
  if (step.from !== task.nextEntry) return task;
  const invocation = txn.edit(task.key);
  if (invocation === undefined) return undefined;
  if (step.isLost) {
    complete(txn, invocation, { kind: "failure", failure: SOURCE_LOST });
    return undefined;
  }
  for (const frame of step.frames) copyEntry(txn, invocation, frame);
  if (step.next !== undefined) return { ...task, nextEntry: step.next };
  begin(txn, invocation);
  return undefined;
}

function copyEntry(txn: Transaction, invocation: Invocation, frame: Uint8Array): void {
  const code = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
  const kind = messageKind(code);
  appendCopied(txn, invocation, frame, isNotificationKind(kind));
  if (kind === "call" || kind === "oneWayCall") invocation.childrenStarted += 1;
  if (kind === "callCompletion") invocation.childrenSucceeded += 1;
  if (kind !== "output") return;
  const body = frame.subarray(FRAME_HEADER_BYTES);
  const message = decodeBody(
    code,
    0,
    body,
    invocation.pin?.protocolVersion === 6 ? 6 : NEWEST_VERSION,
  );
  if (message.kind !== "output") return;
  const before = invocation.output;
  invocation.output = storeOutcome(txn, invocation, message.result);
  if (before?.kind === "success") removeRest(txn, invocation, before.value);
}
