/** What an invocation is doing, as a colour, a sign and a word: always all three. */
import type { InvocationResource } from "@rejoin/client";
import { clsx } from "clsx";
import {
  Ban,
  CalendarClock,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  ListOrdered,
  LoaderCircle,
  type LucideIcon,
  MoonStar,
  RotateCw,
  Skull,
} from "lucide-react";

export type Tone = "green" | "red" | "amber" | "blue" | "cyan" | "violet" | "orange" | "gray";

export interface StatusLook {
  readonly label: string;
  readonly tone: Tone;
  readonly Icon: LucideIcon;
  /** What it means, in a sentence. */
  readonly meaning: string;
}

export const STATUS_LOOKS = {
  scheduled: look("Scheduled", "gray", CalendarClock, "Waits for its time."),
  pending: look("Pending", "gray", ListOrdered, "Waits for its turn on its object, or for a slot."),
  ready: look("Ready", "cyan", CircleDashed, "Waits for an attempt."),
  running: look("Running", "blue", LoaderCircle, "An attempt is running its code."),
  "backing-off": look(
    "Retrying",
    "amber",
    RotateCw,
    "Its last attempt failed; it waits for the next.",
  ),
  suspended: look(
    "Suspended",
    "violet",
    MoonStar,
    "Waits for a result, and needs no process for it.",
  ),
  paused: look("Paused", "orange", CirclePause, "Held until an operator resumes it."),
  completed: look("Completed", "gray", CircleCheck, "Has ended."),
  succeeded: look("Succeeded", "green", CircleCheck, "Has ended with a result."),
  failed: look("Failed", "red", CircleX, "Has ended with a failure."),
  cancelled: look("Cancelled", "gray", Ban, "Has ended because it was cancelled."),
  killed: look("Killed", "gray", Skull, "Was ended without its cooperation."),
} as const satisfies Readonly<Record<string, StatusLook>>;

export type StatusName = keyof typeof STATUS_LOOKS;

function look(label: string, tone: Tone, Icon: LucideIcon, meaning: string): StatusLook {
  return { label, tone, Icon, meaning };
}

type Outcome = Pick<InvocationResource, "status" | "completion_result" | "completion_failure">;

/** The status, with the outcome of what has completed. */
export function statusOf({ status, completion_result, completion_failure }: Outcome): StatusName {
  if (status !== "completed") return status;
  if (completion_result === undefined) return "completed";
  if (completion_result === "success") return "succeeded";
  if (/^\[409\] cancell?ed/i.test(completion_failure ?? "")) return "cancelled";
  return /^\[409\] killed/i.test(completion_failure ?? "") ? "killed" : "failed";
}

interface StatusProps {
  readonly name: StatusName;
  /** Without a background. */
  readonly isPlain?: boolean;
  readonly count?: string;
}

export function Status({ name, isPlain = false, count }: StatusProps) {
  const { label, tone, Icon, meaning } = STATUS_LOOKS[name];
  const isBusy = name === "running";
  return (
    <span className={clsx("status", `tone-${tone}`, isPlain && "status-plain")} title={meaning}>
      <Icon size={13} strokeWidth={2.2} aria-hidden className={isBusy ? "spin" : undefined} />
      {label}
      {count !== undefined && <span className="num">{count}</span>}
    </span>
  );
}
