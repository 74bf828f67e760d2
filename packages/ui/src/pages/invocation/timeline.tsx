// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
/** The journal over time: a row for each step, a bar for how long it took. */
import type { InvocationDetails } from "@rejoin/client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { formatCount } from "../../format/size.ts";
import { formatDuration, parseInstant } from "../../format/time.ts";
import { type TimelineRow, toTimelineRows } from "../../journal/groups.ts";
import type { Step } from "../../journal/steps.ts";
import { createTimeScale, type TimeScale, toBar, toTicks } from "../../journal/time-scale.ts";
import type { Operation } from "../../operations/operations.ts";
import { useKeys } from "../../parts/keys.ts";
import { Note, Problem } from "../../parts/messages.tsx";
import { useNow } from "../../parts/now.ts";
import { EntryDialog } from "./entry-dialog.tsx";
import { TimelineRowView } from "./timeline-row.tsx";
import type { Journal } from "./use-journal.ts";

interface TimelineProps {
  readonly invocation: InvocationDetails;
  readonly journal: Journal;
  readonly onOperate: (operation: Operation) => void;
}

const ROW_PX = 32;
const TICKS_MAX = 6;
/** So many attempts that failed are marked, the latest ones. */
const MARKS_MAX = 100;
/** Shorter ones are not in a box that scrolls. */
const HEIGHT_MAX = 620;

export function Timeline({ invocation, journal, onOperate }: TimelineProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [shown, setShown] = useState<Step>();
  const { reader, version, missing, isLoading, error, loadMore } = journal;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the reader grows with its version.
  const rows = useMemo(() => toTimelineRows(reader.steps, open), [reader, version, open]);
  const scale = useScale(invocation);
  const toggle = (key: number) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  return (
    <div className="timeline">
      {error !== undefined && <Problem error={error} what="load the journal" retry={loadMore} />}
      {rows.length === 0 && !isLoading ? (
        <p className="card-body muted">
          {invocation.journal_size === 0
            ? "Its journal is not kept, or has not begun."
            : "The journal is empty."}
        </p>
      ) : (
        <Rows
          rows={rows}
          scale={scale}
          events={invocation.events}
          onToggle={toggle}
          onShow={setShown}
        />
      )}
      {isLoading && (
        <p className="timeline-foot muted small" role="status">
          Loading {formatCount(missing)} more entries …
        </p>
      )}
      {!isLoading && missing > 0 && error === undefined && (
        <Note tone="plain">
          {formatCount(missing)} more entries are not loaded.{" "}
          <button type="button" className="link-button" onClick={loadMore}>
            Load more
          </button>
        </Note>
      )}
      {shown !== undefined && (
        <EntryDialog
          invocation={invocation}
          step={shown}
          onClose={() => setShown(undefined)}
          onOperate={(operation) => {
            setShown(undefined);
            onOperate(operation);
          }}
        />
      )}
    </div>
  );
}

/** From its beginning to its end; what runs ends now. */
function useScale({ created_at, completed_at }: InvocationDetails): TimeScale {
  const now = useNow();
  const startMs = parseInstant(created_at) ?? now;
  const endMs = parseInstant(completed_at) ?? now;
  return useMemo(() => createTimeScale(startMs, endMs), [startMs, endMs]);
}

interface RowsProps {
  readonly rows: readonly TimelineRow[];
  readonly scale: TimeScale;
  readonly events: InvocationDetails["events"];
  readonly onToggle: (key: number) => void;
  readonly onShow: (step: Step) => void;
}

function Rows({ rows, scale, events, onToggle, onShow }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  const [current, setCurrent] = useState(-1);
  const move = (by: number) => {
    const next = Math.min(Math.max(current + by, 0), rows.length - 1);
    setCurrent(next);
    virtual.scrollToIndex(next);
  };
  const act = () => {
    const row = rows[current];
    if (row?.kind === "group") onToggle(row.group.key);
    else if (row !== undefined) onShow(row.step);
  };
  useKeys({ j: () => move(1), k: () => move(-1), Enter: act });
  return (
    <>
      <Axis scale={scale} events={events} />
      <div
        className="timeline-scroll"
        ref={scroller}
        style={{ maxHeight: HEIGHT_MAX }}
        tabIndex={0}
      >
        <ul style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <TimelineRowView
                key={row.kind === "group" ? `g${row.group.key}` : row.step.index}
                row={row}
                top={start}
                scale={scale}
                isCurrent={index === current}
                onToggle={onToggle}
                onShow={onShow}
              />
            );
          })}
        </ul>
      </div>
    </>
  );
}

function Axis({ scale, events = [] }: Partial<RowsProps> & Pick<RowsProps, "scale">) {
  const ticks = toTicks(scale, TICKS_MAX);
  return (
    <div className="timeline-axis" aria-hidden>
      <span className="timeline-axis-name">Step</span>
      <div className="timeline-ticks">
        {ticks.map(({ at, afterMs }) => (
          <span key={afterMs} style={{ left: `${at}%` }}>
            {afterMs === 0 ? "0" : formatDuration(afterMs)}
          </span>
        ))}
        {events.slice(-MARKS_MAX).map((event) => (
          <i
            key={`${event.appended_at} ${event.attempt} ${event.event_type}`}
            className={event.event_type === "Paused" ? "fill-orange" : "fill-amber"}
            style={{ left: `${toBar(scale, Date.parse(event.appended_at), undefined).left}%` }}
            title={event.error_message ?? event.event_type}
          />
        ))}
      </div>
      <span className="timeline-took">Took</span>
    </div>
  );
}
