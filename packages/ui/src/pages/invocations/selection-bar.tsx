/** What to do with the rows that are selected, or with all that fit the filter. */
import type { AdminClient } from "@rejoin/client";
import { useState } from "react";
import { useAdmin } from "../../api/admin.ts";
import { type ListFilter, matchesStatus, toApiFilter } from "../../filters/invocation-filter.ts";
import { formatCount } from "../../format/size.ts";
import { BatchDialog } from "../../operations/batch-dialog.tsx";
import { OperationIcon } from "../../operations/operation-icon.tsx";
import {
  isOffered,
  OPERATION_NAMES,
  OPERATIONS,
  type OperationName,
} from "../../operations/operations.ts";
import type { InvocationList } from "./use-invocation-list.ts";

interface SelectionBarProps {
  readonly filter: ListFilter;
  readonly list: InvocationList;
  readonly selected: ReadonlySet<string>;
  readonly onChange: (selected: ReadonlySet<string>) => void;
}

/** So many at once; the rest in a further round. */
const OPERATED_MAX = 50_000;
const PAGE_SIZE = 1000;

export function SelectionBar({ filter, list, selected, onChange }: SelectionBarProps) {
  const admin = useAdmin();
  const [isAll, setAll] = useState(false);
  const [operation, setOperation] = useState<OperationName>();
  if (selected.size === 0) return null;
  const { rows, total } = list;
  const takesAll = isAll && total !== undefined;
  const count = takesAll ? Math.min(total, OPERATED_MAX) : selected.size;
  const chosen = rows.filter(({ id }) => selected.has(id));
  const offered = OPERATION_NAMES.filter((name) =>
    chosen.some(({ status }) => isOffered(name, status)),
  );
  const clear = () => {
    setAll(false);
    onChange(new Set());
  };
  const canTakeAll = total !== undefined && total > selected.size && selected.size === rows.length;
  return (
    <div className="selection-bar" role="toolbar" aria-label="Selected invocations">
      <strong className="num">{formatCount(count)} selected</strong>
      {canTakeAll && !takesAll && (
        <button type="button" className="link-button" onClick={() => setAll(true)}>
          Take all {formatCount(total)} that fit
        </button>
      )}
      <span className="row row-wrap grow">
        {offered.map((name) => (
          <button
            key={name}
            type="button"
            className={OPERATIONS[name].isDangerous ? "btn btn-danger" : "btn"}
            onClick={() => setOperation(name)}
          >
            <OperationIcon name={name} />
            {OPERATIONS[name].title}
          </button>
        ))}
      </span>
      <button type="button" className="btn btn-quiet" onClick={clear}>
        Clear
      </button>
      {operation !== undefined && (
        <BatchDialog
          name={operation}
          count={count}
          collect={() => (takesAll ? collectAll(admin, filter) : Promise.resolve([...selected]))}
          remark="Those that it does not fit, by their status, are left as they are and listed."
          onClose={() => {
            setOperation(undefined);
            clear();
          }}
        />
      )}
    </div>
  );
}

async function collectAll(admin: AdminClient, filter: ListFilter): Promise<readonly string[]> {
  const ids: string[] = [];
  const query = { ...toApiFilter(filter, Date.now()), order: filter.order, limit: PAGE_SIZE };
  for (let after: string | undefined; ids.length < OPERATED_MAX; ) {
    const page = await admin.listInvocations(after === undefined ? query : { ...query, after });
    const fitting = page.invocations.filter((row) => matchesStatus(filter.status, row));
    ids.push(...fitting.map(({ id }) => id));
    after = page.next;
    if (after === undefined) break;
  }
  return ids.slice(0, OPERATED_MAX);
}
