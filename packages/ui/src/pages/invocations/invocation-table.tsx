// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot show a part of its rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: its cells hold what takes the focus.
/** The rows that are seen, of as many as there are. */
import type { InvocationResource } from "@rejoin/client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { clsx } from "clsx";
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useKeys } from "../../parts/keys.ts";
import { Loading } from "../../parts/messages.tsx";
import { Status, statusOf } from "../../parts/status.tsx";
import { InvocationLink, Target, Time } from "../../parts/text.tsx";
import type { InvocationList } from "./use-invocation-list.ts";

interface InvocationTableProps {
  readonly list: Pick<
    InvocationList,
    "rows" | "hasMore" | "isFetchingMore" | "isLoading" | "loadMore"
  >;
  /** Without it rows cannot be selected. */
  readonly selected?: ReadonlySet<string>;
  readonly onSelect?: (selected: ReadonlySet<string>) => void;
}

const ROW_PX = 38;
const NARROW_ROW_PX = 64;
const NARROW = "(max-width: 760px)";
/** So many rows before the end the next page is asked for. */
const AHEAD = 40;

export function InvocationTable({ list, selected, onSelect }: InvocationTableProps) {
  const { rows, hasMore, isFetchingMore, isLoading, loadMore } = list;
  const scroller = useRef<HTMLDivElement>(null);
  const rowPx = useRowHeight();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: all rows change their height at once.
  useLayoutEffect(() => virtual.measure(), [rowPx]);
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastIndex >= rows.length - AHEAD) loadMore();
  }, [hasMore, lastIndex, rows.length, loadMore]);
  const current = useRowKeys(rows, (index) => virtual.scrollToIndex(index), selected, onSelect);
  const toggle = useToggle(selected, onSelect);
  if (isLoading) {
    return (
      <div className="card card-body">
        <Loading lines={8} />
      </div>
    );
  }
  return (
    <div
      className="card inv-table"
      role="table"
      aria-label="Invocations"
      aria-rowcount={rows.length}
    >
      <Head rows={rows} selected={selected} onSelect={onSelect} />
      <div className="inv-scroll" ref={scroller} role="rowgroup" tabIndex={0}>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row
                key={row.id}
                row={row}
                top={start}
                height={rowPx}
                isCurrent={index === current}
                isSelected={selected?.has(row.id)}
                onToggle={toggle}
              />
            );
          })}
        </div>
        {isFetchingMore && <p className="inv-more muted small">Loading more …</p>}
      </div>
    </div>
  );
}

function useToggle(
  selected: ReadonlySet<string> | undefined,
  onSelect: ((selected: ReadonlySet<string>) => void) | undefined,
): (id: string) => void {
  const latest = useRef({ selected, onSelect });
  latest.current = { selected, onSelect };
  return useCallback((id: string) => {
    const next = new Set(latest.current.selected);
    if (!next.delete(id)) next.add(id);
    latest.current.onSelect?.(next);
  }, []);
}

/** The row that the keys are at. */
function useRowKeys(
  rows: readonly InvocationResource[],
  scrollTo: (index: number) => void,
  selected: ReadonlySet<string> | undefined,
  onSelect: ((selected: ReadonlySet<string>) => void) | undefined,
): number {
  const [current, setCurrent] = useState(-1);
  const [, navigate] = useLocation();
  const toggle = useToggle(selected, onSelect);
  const move = (by: number) => {
    const next = Math.min(Math.max(current + by, 0), rows.length - 1);
    setCurrent(next);
    scrollTo(next);
  };
  const id = rows[current]?.id;
  const open = () => {
    if (id !== undefined) navigate(`/invocations/${id}`);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: open,
    x: () => id !== undefined && toggle(id),
  });
  return current;
}

interface HeadProps {
  readonly rows: readonly InvocationResource[];
  readonly selected: ReadonlySet<string> | undefined;
  readonly onSelect: ((selected: ReadonlySet<string>) => void) | undefined;
}

function Head({ rows, selected, onSelect }: HeadProps) {
  const isAll =
    rows.length > 0 && selected !== undefined && rows.every(({ id }) => selected.has(id));
  return (
    <div role="rowgroup">
      <div className="inv-row inv-head" role="row">
        {selected !== undefined && (
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label="Select all rows that are loaded"
              checked={isAll}
              onChange={() => onSelect?.(isAll ? new Set() : new Set(rows.map(({ id }) => id)))}
            />
          </span>
        )}
        <span role="columnheader">Status</span>
        <span role="columnheader">Target</span>
        <span role="columnheader">Id</span>
        <span role="columnheader" className="inv-detail">
          Last failure
        </span>
        <span role="columnheader" className="right">
          Created
        </span>
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: InvocationResource;
  readonly top: number;
  readonly height: number;
  readonly isCurrent: boolean;
  readonly isSelected: boolean | undefined;
  readonly onToggle: (id: string) => void;
}

const Row = memo(function Row({ row, top, height, isCurrent, isSelected, onToggle }: RowProps) {
  const failure =
    row.completion_failure ?? (row.status === "completed" ? undefined : row.last_failure);
  return (
    <div
      className={clsx("inv-row", isCurrent && "inv-current", isSelected === true && "inv-selected")}
      style={{ transform: `translateY(${top}px)`, height }}
      role="row"
    >
      {isSelected !== undefined && (
        <span role="cell">
          <input
            type="checkbox"
            aria-label={`Select ${row.id}`}
            checked={isSelected}
            onChange={() => onToggle(row.id)}
          />
        </span>
      )}
      <span role="cell" className="inv-status">
        <Status name={statusOf(row)} />
        {row.retry_count > 0 && row.status !== "completed" && (
          <span className="tag" title={`${row.retry_count} failed attempts`}>
            ×{row.retry_count}
          </span>
        )}
      </span>
      <span role="cell" className="truncate inv-target">
        <Target target={row.target} />
      </span>
      <span role="cell" className="inv-id">
        <InvocationLink id={row.id} />
      </span>
      <span role="cell" className="truncate inv-detail muted" title={failure}>
        {failure}
      </span>
      <span role="cell" className="right muted inv-time">
        <Time at={row.created_at} />
      </span>
    </div>
  );
});

function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const narrow = matchMedia(NARROW);
    const listen = () => setNarrow(narrow.matches);
    narrow.addEventListener("change", listen);
    return () => narrow.removeEventListener("change", listen);
  }, []);
  return isNarrow ? NARROW_ROW_PX : ROW_PX;
}
