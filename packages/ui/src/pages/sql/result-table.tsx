// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot show a part of its rows.
// biome-ignore-all lint/a11y/useFocusableInteractive: its cells hold what takes the focus.
/** The rows of an answer: as many elements as can be seen. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Table2 } from "lucide-react";
import { useMemo, useRef } from "react";
import { Empty } from "../../parts/messages.tsx";
import { InvocationLink } from "../../parts/text.tsx";
import { cellText, columnsOf, type SqlRow } from "./export.ts";

const ROW_PX = 32;
/** Wider tables have their own scroll bar. */
const WIDTHS = { min: 90, max: 420, character: 7.6, padding: 26 };
/** The widths are those of the first rows. */
const MEASURED_ROWS = 100;

export function ResultTable({ rows }: { readonly rows: readonly SqlRow[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsOf(rows), [rows]);
  const template = useMemo(() => templateOf(columns, rows), [columns, rows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
  });
  if (rows.length === 0) {
    return (
      <div className="card">
        <Empty Icon={Table2} title="No rows" />
      </div>
    );
  }
  return (
    <div className="card sql-result" ref={scroller} tabIndex={0}>
      <div role="table" aria-label="Rows" aria-rowcount={rows.length} className="sql-table">
        <div role="rowgroup" className="sql-head">
          <div role="row" className="sql-row" style={{ gridTemplateColumns: template }}>
            {columns.map((name) => (
              <span
                key={name}
                role="columnheader"
                className={typeof rows[0]?.[name] === "number" ? "right" : undefined}
              >
                {name}
              </span>
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map(({ index, start }) => (
            <div
              key={index}
              role="row"
              className="sql-row sql-body-row"
              style={{ transform: `translateY(${start}px)`, gridTemplateColumns: template }}
            >
              {columns.map((name) => (
                <Cell key={name} value={rows[index]?.[name]} />
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function Cell({ value }: { readonly value: unknown }) {
  const text = cellText(value);
  const isNumber = typeof value === "number";
  return (
    <span role="cell" className={isNumber ? "truncate num right" : "truncate"} title={text}>
      {/^inv_[0-9A-Za-z]{20,}$/.test(text) ? <InvocationLink id={text} /> : text}
    </span>
  );
}

function templateOf(columns: readonly string[], rows: readonly SqlRow[]): string {
  const measured = rows.slice(0, MEASURED_ROWS);
  const widths = columns.map((name) => {
    const lengths = measured.map((row) => cellText(row[name]).length);
    const px = Math.max(name.length, ...lengths) * WIDTHS.character + WIDTHS.padding;
    return Math.min(Math.max(px, WIDTHS.min), WIDTHS.max);
  });
  return widths.map((width) => `minmax(${Math.round(width)}px, 1fr)`).join(" ");
}
