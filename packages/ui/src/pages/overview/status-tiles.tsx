/** How many invocations are what, each with the way to them. */
import type { Overview, StatusCounts } from "@rejoin/client";
import { Link } from "wouter";
import { formatCount, formatShortCount } from "../../format/size.ts";
import { STATUS_LOOKS, type StatusName } from "../../parts/status.tsx";

/** What is alive, in the order of a life, and what has ended. */
export const TILES: readonly StatusName[] = [
  "running",
  "ready",
  "pending",
  "scheduled",
  "suspended",
  "backing-off",
  "paused",
  "completed",
];

export function StatusTiles({ invocations }: { readonly invocations: Overview["invocations"] }) {
  const counts: StatusCounts = invocations.by_status;
  return (
    <ul className="tiles">
      {TILES.map((name) => {
        const { label, tone, Icon } = STATUS_LOOKS[name];
        const count = counts[name as keyof StatusCounts] ?? 0;
        const status = name === "completed" ? "succeeded,failed" : name;
        return (
          <li key={name}>
            <Link href={`/invocations?status=${status}`} className="tile" data-empty={count === 0}>
              <span className={`tile-icon tone-${tone}`}>
                <Icon size={14} aria-hidden strokeWidth={2.2} />
              </span>
              <span className="tile-label">{label}</span>
              <span className="tile-count num" title={formatCount(count)}>
                {formatShortCount(count)}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
