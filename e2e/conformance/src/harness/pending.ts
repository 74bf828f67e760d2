/**
 * What is known to be missing: its tests are skipped with the reason, which the table at the end
 * shows. Whoever builds it takes it off this list; `REJOIN_CONFORMANCE_PENDING=1` runs all the same.
 */
import type { Cell } from "./cell.ts";

interface Pending {
  /** The cells that lack it. */
  readonly cells: Partial<Cell>;
  /** The name of a group. */
  readonly group: string;
  readonly reason: string;
}

const PENDING: readonly Pending[] = [];

/** Why the cell cannot pass the group; `undefined` if it can. */
export function findPending(
  cell: Cell,
  group: string,
  variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (variables.REJOIN_CONFORMANCE_PENDING !== undefined) return undefined;
  const concerns = (pending: Pending) =>
    pending.group === group &&
    Object.entries(pending.cells).every(([part, value]) => cell[part as keyof Cell] === value);
  return PENDING.find(concerns)?.reason;
}
