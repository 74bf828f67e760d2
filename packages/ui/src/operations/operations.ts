/** What can be done to an invocation, when, and what it will mean: in the words of the dialogs. */
import type { BatchOperationName, InvocationStatusName } from "@rejoin/client";

export type OperationName = Exclude<BatchOperationName, "purge-journal">;

export interface OperationInfo {
  readonly name: OperationName;
  /** On the button. */
  readonly title: string;
  /** What has been done, such as `cancelled`. */
  readonly done: string;
  /** What will happen, for one. */
  readonly effect: string;
  /** What cannot be taken back. */
  readonly isDangerous: boolean;
  readonly statuses: readonly InvocationStatusName[];
}

/** An operation that is about to be asked for. */
export interface Operation {
  readonly name: OperationName;
  /** The last journal entry that a restart keeps. */
  readonly from?: number;
}

const WAITING: readonly InvocationStatusName[] = ["scheduled", "pending"];
const BEGUN: readonly InvocationStatusName[] = ["ready", "running", "backing-off", "suspended"];

export const OPERATIONS: Readonly<Record<OperationName, OperationInfo>> = {
  resume: {
    name: "resume",
    title: "Resume",
    done: "resumed",
    effect:
      "The next attempt starts at once and replays the journal: what has been done is not done again. Where a retry is waited for, it happens now.",
    isDangerous: false,
    statuses: ["paused", "backing-off", "suspended"],
  },
  pause: {
    name: "pause",
    title: "Pause",
    done: "paused",
    effect:
      "No further attempt is started until somebody resumes it. An attempt that is running is asked to end at its next step. Callers go on waiting.",
    isDangerous: false,
    statuses: BEGUN,
  },
  cancel: {
    name: "cancel",
    title: "Cancel",
    done: "cancelled",
    effect:
      "Its code sees a terminal failure at its next step and can undo what it has done, so this may take a while. Calls that it waits for are cancelled too.",
    isDangerous: true,
    statuses: [...WAITING, ...BEGUN, "paused"],
  },
  kill: {
    name: "kill",
    title: "Kill",
    done: "killed",
    effect:
      "It ends at once with a failure, and so does all that it has called. Its code is not asked: nothing is undone, and what it was doing may be half done.",
    isDangerous: true,
    statuses: [...WAITING, ...BEGUN, "paused"],
  },
  "restart-as-new": {
    name: "restart-as-new",
    title: "Restart as new",
    done: "restarted",
    effect:
      "A new invocation with the same input begins, on the latest deployment. The old one stays as it is, and whoever waited for it has had its answer already.",
    isDangerous: false,
    statuses: ["completed"],
  },
  purge: {
    name: "purge",
    title: "Purge",
    done: "purged",
    effect:
      "What is kept of it is deleted: its input, its result and its journal. A request with the same idempotency key would be carried out again.",
    isDangerous: true,
    statuses: ["completed"],
  },
};

/** In the order in which they are offered. */
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** Whether it makes sense for what has this status. */
export function isOffered(name: OperationName, status: InvocationStatusName): boolean {
  return OPERATIONS[name].statuses.includes(status);
}
