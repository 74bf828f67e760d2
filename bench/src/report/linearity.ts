/** Whether the N-th subtask costs what the first did. */
import type { Row } from "../measure.ts";
import type { Work } from "../work/works.ts";

/** The largest size may cost this much more per unit than the cheapest smaller one. */
export const LINEAR_RATIO_MAX = 1.3;

export interface Linearity {
  readonly target: string;
  readonly work: string;
  readonly size: number;
  /** Cost per unit at the largest size, over the lowest of the smaller sizes. */
  readonly wallRatio: number;
  readonly cpuRatio: number | undefined;
  readonly by: readonly ("wall" | "cpu")[];
  readonly linear: boolean;
}

/** `undefined` for a work that has no such law, or was measured at one size only. */
export function linearityOf(
  work: Work,
  target: string,
  rows: readonly Row[],
): Linearity | undefined {
  const own = rows.filter((row) => row.target === target && row.work === work.name);
  const largest = own.at(-1);
  if (work.linearBy.length === 0 || largest === undefined || own.length < 2) return undefined;
  const smaller = own.slice(0, -1);
  const wallRatio = largest.wallUs / Math.min(...smaller.map((row) => row.wallUs));
  const cpuRatio = cpuRatioOf(largest, smaller);
  const ratios = { wall: wallRatio, cpu: cpuRatio };
  return {
    target,
    work: work.name,
    size: largest.size,
    wallRatio,
    cpuRatio,
    by: work.linearBy,
    linear: work.linearBy.every((by) => (ratios[by] ?? 0) <= LINEAR_RATIO_MAX),
  };
}

function cpuRatioOf(largest: Row, smaller: readonly Row[]): number | undefined {
  const costs = smaller.flatMap(({ cpuUs }) => cpuUs ?? []);
  if (largest.cpuUs === undefined || costs.length === 0) return undefined;
  return largest.cpuUs / Math.min(...costs);
}
