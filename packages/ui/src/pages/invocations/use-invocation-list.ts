/** A list of invocations that grows as one scrolls, and is kept up to date at its beginning. */
import type { InvocationPage, InvocationResource } from "@rejoin/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useContext, useMemo, useRef } from "react";
import { LiveContext, useAdmin } from "../../api/admin.ts";
import { pollAfter } from "../../api/polling.ts";
import { type ListFilter, matchesStatus, toApiFilter } from "../../filters/invocation-filter.ts";

const PAGE_SIZE = 200;
const EVERY_MS = 2000;
/** With more pages than this the list is not asked for again: the reader is looking at old ones. */
const POLLED_PAGES_MAX = 2;
/** More than this is for no reader: the list says how to go on. */
export const ROWS_MAX = 20_000;

export interface InvocationList {
  readonly rows: readonly InvocationResource[];
  /** How many fit the filter; `undefined` where that is not known. */
  readonly total: number | undefined;
  /** Not all invocations were counted. */
  readonly isPartial: boolean;
  readonly isLoading: boolean;
  readonly isFetchingMore: boolean;
  readonly error: Error | null;
  readonly hasMore: boolean;
  /** There is more, but not here. */
  readonly isFull: boolean;
  /** Not kept up to date, because the reader has scrolled far. */
  readonly isStale: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

export function useInvocationList(filter: ListFilter): InvocationList {
  const admin = useAdmin();
  const { isLive } = useContext(LiveContext);
  const tookMs = useRef(0);
  const query = useInfiniteQuery({
    queryKey: ["invocations", filter],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: after }): Promise<InvocationPage> => {
      const startedMs = performance.now();
      const page = await admin.listInvocations({
        ...toApiFilter(filter, Date.now()),
        order: filter.order,
        limit: PAGE_SIZE,
        ...(after === undefined ? { total: true } : { after }),
      });
      tookMs.current = performance.now() - startedMs;
      return page;
    },
    getNextPageParam: ({ next }) => next,
    // To compare all rows with all former ones would cost more than to draw the few that are seen.
    structuralSharing: false,
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages.length ?? 0;
      if (!isLive || pages > POLLED_PAGES_MAX) return false;
      const failures = state.status === "error" ? Math.max(state.errorUpdateCount, 1) : 0;
      return pollAfter({
        everyMs: EVERY_MS,
        tookMs: tookMs.current * Math.max(pages, 1),
        failures,
      });
    },
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  const rows = useMemo(() => {
    const all = data?.pages.flatMap(({ invocations }) => invocations) ?? [];
    return filter.status.length === 0
      ? all
      : all.filter((row) => matchesStatus(filter.status, row));
  }, [data, filter]);
  const first = data?.pages[0];
  const isFull = rows.length >= ROWS_MAX;
  return {
    rows,
    total: tellsTotal(filter) ? first?.total : undefined,
    isPartial: first?.complete === false,
    isLoading: query.isPending,
    isFetchingMore: isFetchingNextPage,
    error: query.error,
    hasMore: hasNextPage && !isFull,
    isFull: isFull && hasNextPage,
    isStale: (data?.pages.length ?? 0) > POLLED_PAGES_MAX,
    loadMore: () => {
      if (hasNextPage && !isFetchingNextPage && !isFull) void fetchNextPage();
    },
    retry: () => void refetch(),
  };
}

/** An outcome beside other statuses is sorted out here, and not counted there. */
function tellsTotal({ status }: ListFilter): boolean {
  const outcomes = status.filter((choice) => choice === "succeeded" || choice === "failed").length;
  return outcomes !== 1 || status.length === 1;
}
