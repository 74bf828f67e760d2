/** All invocations: filtered, live, selected and operated on. */
import { Download, RefreshCw } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";
import {
  countConditions,
  formatFilter,
  type ListFilter,
  NO_FILTER,
  parseFilter,
} from "../../filters/invocation-filter.ts";
import { formatCount } from "../../format/size.ts";
import { Note, Problem } from "../../parts/messages.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { InvocationTable } from "./invocation-table.tsx";
import { NothingFound } from "./nothing-found.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { type InvocationList, ROWS_MAX, useInvocationList } from "./use-invocation-list.ts";

export function InvocationsPage() {
  const [filter, setFilter] = useUrlFilter();
  const list = useInvocationList(filter);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const hasConditions = countConditions(filter) > 0;
  const reset = useCallback(
    () => setFilter({ ...NO_FILTER, order: filter.order }),
    [filter, setFilter],
  );
  return (
    <>
      <PageHead title="Invocations">
        <Counts list={list} />
      </PageHead>
      <FilterBar filter={filter} onChange={setFilter} onReset={hasConditions ? reset : undefined} />
      {list.error !== null && (
        <Problem error={list.error} what="load the invocations" retry={list.retry} />
      )}
      <SelectionBar filter={filter} list={list} selected={selected} onChange={setSelected} />
      {!list.isLoading && list.rows.length === 0 && !list.hasMore ? (
        list.error === null && <NothingFound onReset={hasConditions ? reset : undefined} />
      ) : (
        <InvocationTable list={list} selected={selected} onSelect={setSelected} />
      )}
      {list.isFull && <GoOn filter={filter} list={list} setFilter={setFilter} />}
    </>
  );
}

/** The filter is in the URL, and nowhere else. */
function useUrlFilter(): readonly [ListFilter, (filter: ListFilter) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const filter = useMemo(() => parseFilter(search), [search]);
  const setFilter = useCallback(
    (next: ListFilter) => navigate(`/invocations${formatFilter(next)}`, { replace: true }),
    [navigate],
  );
  return [filter, setFilter];
}

function Counts({ list }: { readonly list: InvocationList }) {
  const { total, rows, isPartial, isStale, retry } = list;
  return (
    <span className="row small muted num" role="status">
      {total === undefined ? `${formatCount(rows.length)} shown` : `${formatCount(total)} found`}
      {isPartial && " among the newest"}
      {isStale && (
        <button type="button" className="btn btn-small" onClick={retry}>
          <RefreshCw size={13} aria-hidden /> Update
        </button>
      )}
    </span>
  );
}

interface GoOnProps {
  readonly filter: ListFilter;
  readonly list: InvocationList;
  readonly setFilter: (filter: ListFilter) => void;
}

/** A browser holds only so many rows. */
function GoOn({ filter, list, setFilter }: GoOnProps) {
  const last = list.rows.at(-1)?.created_at;
  const further =
    filter.order === "newest" ? { createdBefore: last ?? "" } : { createdAfter: last ?? "" };
  return (
    <Note tone="plain" Icon={Download}>
      This page holds {formatCount(ROWS_MAX)} rows.{" "}
      <button
        type="button"
        className="link-button"
        onClick={() => setFilter({ ...filter, ...further })}
      >
        Go on behind the last one
      </button>
      , or narrow the filter.
    </Note>
  );
}
