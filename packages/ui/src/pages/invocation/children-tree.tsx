/** What it has called, and what those have called: opened level by level. */
import type { InvocationResource } from "@rejoin/client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, GitFork } from "lucide-react";
import { useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { formatDuration, parseInstant } from "../../format/time.ts";
import { Empty, Loading, Problem } from "../../parts/messages.tsx";
import { Status, statusOf } from "../../parts/status.tsx";
import { InvocationLink, Target } from "../../parts/text.tsx";

const PAGE_SIZE = 50;
const EVERY_MS = 3000;
const DEPTH_MAX = 20;

interface ChildrenTreeProps {
  readonly id: string;
  readonly depth?: number;
}

export function ChildrenTree({ id, depth = 0 }: ChildrenTreeProps) {
  const admin = useAdmin();
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["children", id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: after }) =>
      admin.listChildren(id, { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) }),
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 2 ? false : EVERY_MS),
  });
  if (error !== null) return <Problem error={error} what="load what it has called" />;
  if (data === undefined) return <Loading lines={3} />;
  const children = data.pages.flatMap(({ invocations }) => invocations);
  if (children.length === 0 && depth === 0) {
    return <Empty Icon={GitFork} title="It has called nothing" />;
  }
  return (
    <ul className={depth === 0 ? "tree" : "tree tree-nested"}>
      {children.map((child) => (
        <ChildView key={child.id} child={child} depth={depth} />
      ))}
      {hasNextPage && (
        <li>
          <button
            type="button"
            className="btn btn-small"
            disabled={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            Show more
          </button>
        </li>
      )}
      {children.length === 0 && <li className="muted small">It has called nothing.</li>}
    </ul>
  );
}

interface ChildViewProps {
  readonly child: InvocationResource;
  readonly depth: number;
}

function ChildView({ child, depth }: ChildViewProps) {
  const [isOpen, setOpen] = useState(false);
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  const begun = parseInstant(child.created_at);
  const ended = parseInstant(child.completed_at);
  const failure = child.completion_failure ?? child.last_failure;
  return (
    <li>
      <div className="tree-row">
        <button
          type="button"
          className="btn btn-quiet btn-icon btn-small"
          aria-expanded={isOpen}
          aria-label={`What ${child.target} has called`}
          disabled={depth >= DEPTH_MAX}
          onClick={() => setOpen(!isOpen)}
        >
          <Chevron size={14} aria-hidden />
        </button>
        <Status name={statusOf(child)} />
        <Target target={child.target} />
        <InvocationLink id={child.id} />
        <span className="truncate muted grow" title={failure}>
          {child.completion_result === "success" ? "" : failure}
        </span>
        {begun !== undefined && ended !== undefined && (
          <span className="muted num small">{formatDuration(ended - begun)}</span>
        )}
      </div>
      {isOpen && <ChildrenTree id={child.id} depth={depth + 1} />}
    </li>
  );
}
