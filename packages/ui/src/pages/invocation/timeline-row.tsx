/** A row of the timeline: a step, or a group of like ones. */
import { clsx } from "clsx";
import {
  ArrowRightFromLine,
  ArrowRightToLine,
  ChevronDown,
  ChevronRight,
  CirclePlay,
  Database,
  Link2,
  type LucideIcon,
  PhoneOutgoing,
  Radio,
  Send,
  Sparkles,
  SquareDashed,
  TicketCheck,
  Timer,
} from "lucide-react";
import { memo } from "react";
import { formatCount } from "../../format/size.ts";
import { formatDuration } from "../../format/time.ts";
import type { StepGroup, TimelineRow } from "../../journal/groups.ts";
import type { Step, StepKind, StepState } from "../../journal/steps.ts";
import { type TimeScale, toBar } from "../../journal/time-scale.ts";

export const STEP_ICONS: Readonly<Record<StepKind, LucideIcon>> = {
  input: ArrowRightToLine,
  output: ArrowRightFromLine,
  run: CirclePlay,
  call: PhoneOutgoing,
  send: Send,
  sleep: Timer,
  state: Database,
  promise: Sparkles,
  awakeable: TicketCheck,
  attach: Link2,
  signal: Radio,
  other: SquareDashed,
};

const TONES: Readonly<Record<StepState, string>> = {
  none: "gray",
  waiting: "blue",
  succeeded: "green",
  failed: "red",
};

interface TimelineRowProps {
  readonly row: TimelineRow;
  readonly top: number;
  readonly scale: TimeScale;
  readonly isCurrent: boolean;
  readonly onToggle: (key: number) => void;
  readonly onShow: (step: Step) => void;
}

export const TimelineRowView = memo(function TimelineRowView(props: TimelineRowProps) {
  const { row, top, scale, isCurrent, onToggle, onShow } = props;
  const isGroup = row.kind === "group";
  return (
    <li
      className={clsx("timeline-row", isCurrent && "timeline-current")}
      style={{ transform: `translateY(${top}px)` }}
    >
      <button
        type="button"
        className="timeline-button"
        aria-expanded={isGroup ? row.isOpen : undefined}
        onClick={() => (isGroup ? onToggle(row.group.key) : onShow(row.step))}
      >
        {isGroup ? (
          <GroupCells group={row.group} isOpen={row.isOpen} scale={scale} />
        ) : (
          <StepCells step={row.step} depth={row.depth} scale={scale} />
        )}
      </button>
    </li>
  );
});

interface StepCellsProps {
  readonly step: Step;
  readonly depth: number;
  readonly scale: TimeScale;
}

function StepCells({ step, depth, scale }: StepCellsProps) {
  const { kind, title, subject, state, startedAt, endedAt, index } = step;
  const Icon = STEP_ICONS[kind];
  const bar = startedAt === undefined ? undefined : toBar(scale, startedAt, endedAt);
  const took = tookText(startedAt, endedAt, state);
  return (
    <>
      <span className={clsx("timeline-name", depth > 0 && "timeline-nested")}>
        <span className="timeline-index num">{index}</span>
        <Icon size={14} aria-hidden className={`tone-icon-${TONES[state]}`} />
        <span className="timeline-title">{title}</span>
        <span className="truncate muted">{subject}</span>
        {state === "failed" && <span className="visually-hidden">failed</span>}
      </span>
      <span className="timeline-track" aria-hidden>
        {bar !== undefined && (
          <span
            className={clsx(
              "timeline-bar",
              `fill-${TONES[state]}`,
              state === "waiting" && "timeline-open",
            )}
            style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
          />
        )}
      </span>
      <span className="timeline-took num muted">{took}</span>
    </>
  );
}

function tookText(
  startedAt: number | undefined,
  endedAt: number | undefined,
  state: StepState,
): string {
  if (state === "waiting") return "waiting";
  if (startedAt === undefined || endedAt === undefined || endedAt === startedAt) return "";
  return formatDuration(endedAt - startedAt);
}

interface GroupCellsProps {
  readonly group: StepGroup;
  readonly isOpen: boolean;
  readonly scale: TimeScale;
}

function GroupCells({ group, isOpen, scale }: GroupCellsProps) {
  const { title, subject, steps, counts, startedAt, endedAt } = group;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  const bar = startedAt === undefined ? undefined : toBar(scale, startedAt, endedAt);
  const share = (count: number) => `${(count / steps.length) * 100}%`;
  return (
    <>
      <span className="timeline-name">
        <Chevron size={14} aria-hidden />
        <span className="tag num">{formatCount(steps.length)} ×</span>
        <span className="timeline-title">{title}</span>
        <span className="truncate muted">{subject}</span>
        {counts.failed > 0 && (
          <span className="tag tone-red num">{formatCount(counts.failed)} failed</span>
        )}
      </span>
      <span className="timeline-track" aria-hidden>
        {bar !== undefined && (
          <span
            className={clsx("timeline-bar timeline-group", counts.waiting > 0 && "timeline-open")}
            style={{ left: `${bar.left}%`, width: `${bar.width}%` }}
          >
            <span className="fill-green" style={{ width: share(counts.succeeded) }} />
            <span className="fill-red" style={{ width: share(counts.failed) }} />
            <span className="fill-gray" style={{ width: share(counts.none) }} />
          </span>
        )}
      </span>
      <span className="timeline-took num muted">
        {counts.waiting > 0
          ? `${formatCount(counts.waiting)} open`
          : tookText(startedAt, endedAt, "succeeded")}
      </span>
    </>
  );
}
