/** Why children failed, each reason once: of those that ended, and of those that are tried again. */
import type { ChildrenPage, InvocationGroup } from "@rejoin/client";
import { Link } from "wouter";
import { useAdmin, usePolled } from "../../api/admin.ts";
import { formatCount } from "../../format/size.ts";
import { Status, type StatusName } from "../../parts/status.tsx";
import { InvocationLink } from "../../parts/text.tsx";

interface FanOutFailuresProps {
  readonly id: string;
  readonly failures: ChildrenPage["failures"];
  /** How many children are tried again, or paused. */
  readonly living: number;
}

const EVERY_MS = 2000;
const SHOWN_MAX = 8;

export function FanOutFailures({ id, failures, living }: FanOutFailuresProps) {
  const admin = useAdmin();
  const { data } = usePolled(
    ["fan-out-living", id],
    () =>
      admin.summarizeInvocations({
        parent: id,
        status: "backing-off,paused",
        group_by: ["status", "failure"],
        limit: SHOWN_MAX,
      }),
    { everyMs: EVERY_MS, isEnabled: living > 0 },
  );
  const retried = living > 0 ? (data?.groups ?? []) : [];
  const rows = [...retried.map(toRow), ...failures.map(toFailedRow)].slice(0, SHOWN_MAX);
  if (rows.length === 0) return null;
  return (
    <table className="table failures">
      <caption className="visually-hidden">Failures by their message</caption>
      <thead>
        <tr>
          <th scope="col" className="num">
            Calls
          </th>
          <th scope="col">Status</th>
          <th scope="col">Why</th>
          <th scope="col" className="wide-cell">
            Such as
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <FailureRow key={`${row.status} ${row.message}`} id={id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

interface Row {
  readonly status: StatusName;
  readonly message: string;
  readonly count: number;
  readonly samples: readonly string[];
}

function toRow({ status, failure, count, sample_ids }: InvocationGroup): Row {
  const message = failure ?? "without a failure";
  return { status: status ?? "backing-off", message, count, samples: sample_ids };
}

function toFailedRow({ message, count, sample_ids }: ChildrenPage["failures"][number]): Row {
  return { status: "failed", message, count, samples: sample_ids };
}

function FailureRow({ id, row }: { readonly id: string; readonly row: Row }) {
  const { status, message, count, samples } = row;
  const query = new URLSearchParams({ parent: id, status, error: message.slice(0, 200) });
  return (
    <tr>
      <td className="num">
        <Link href={`/invocations?${query}`}>{formatCount(count)}</Link>
      </td>
      <td>
        <Status name={status} isPlain />
      </td>
      <td className="wrap">{message}</td>
      <td className="wide-cell">
        <span className="row row-wrap">
          {samples.slice(0, 2).map((sample) => (
            <InvocationLink key={sample} id={sample} />
          ))}
        </span>
      </td>
    </tr>
  );
}
