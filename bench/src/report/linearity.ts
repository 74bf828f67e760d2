/** Whether the N-th subtask costs what the first did. */
import type { Row } from "../samples.ts";
import type { Work } from "../work/works.ts";

/** A size may cost this much more per unit than the cheapest smaller one. */
export const LINEAR_RATIO_MAX = 1.3;

export interface Linearity {
  readonly target: string;
  readonly work: string;
  readonly size: number;
  /** Cost per unit at this size, over the lowest of the smaller sizes. */
  readonly wallRatio: number;
  readonly cpuRatio: number | undefined;
  readonly by: readonly ("wall" | "cpu")[];
  /** `undefined`: what it goes by is not known. */
  readonly linear: boolean | undefined;
}

/** One for each size but the smallest; none for a work that has no such law. */
export function linearityOf(
  work: Work,
  target: string,
  rows: readonly Row[],
): readonly Linearity[] {
  if (work.linearBy.length === 0) return [];
  const own = rows.filter((row) => row.target === target && row.work === work.name);
  return own.slice(1).map((row, i) => compare(work, row, own.slice(0, i + 1)));
}

function compare(work: Work, row: Row, smaller: readonly Row[]): Linearity {
  const wallRatio = row.wallUs / Math.min(...smaller.map(({ wallUs }) => wallUs));
  const cpuRatio = cpuRatioOf(row, smaller);
  const ratios = { wall: wallRatio, cpu: cpuRatio };
  return {
    target: row.target,
    work: work.name,
    size: row.size,
    wallRatio,
    cpuRatio,
    by: work.linearBy,
    linear: isLinear(work.linearBy.map((by) => ratios[by])),
  };
}

function isLinear(ratios: readonly (number | undefined)[]): boolean | undefined {
  if (ratios.some((ratio) => ratio !== undefined && ratio > LINEAR_RATIO_MAX)) return false;
  return ratios.includes(undefined) ? undefined : true;
}

function cpuRatioOf(row: Row, smaller: readonly Row[]): number | undefined {
  const costs = smaller.flatMap(({ cpuUs }) => cpuUs ?? []);
  if (row.cpuUs === undefined || costs.length === 0) return undefined;
  return row.cpuUs / Math.min(...costs);
}
