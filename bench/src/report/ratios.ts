/** One target against another, on the same work at the same size in the same run. */
import type { Row } from "../samples.ts";

export interface Ratio {
  readonly work: string;
  readonly size: number;
  readonly target: string;
  readonly peer: string;
  /** How many times as many units per second the target does. */
  readonly perSecond: number;
  /** How many times as much CPU and memory the peer needs. */
  readonly cpu: number | undefined;
  readonly rss: number | undefined;
}

/** Each target beside each of those after it, where both were measured. */
export function ratiosOf(rows: readonly Row[], targets: readonly string[]): readonly Ratio[] {
  return rows.flatMap((row) => {
    const earlier = targets.slice(0, targets.indexOf(row.target));
    return earlier.flatMap((target) => {
      const other = rows.find(
        ({ work, size, ...of }) => of.target === target && work === row.work && size === row.size,
      );
      return other === undefined ? [] : toRatio(other, row);
    });
  });
}

function toRatio(row: Row, peer: Row): Ratio {
  return {
    work: row.work,
    size: row.size,
    target: row.target,
    peer: peer.target,
    perSecond: row.perSecond / peer.perSecond,
    cpu: over(peer.cpuUs, row.cpuUs),
    rss: over(peer.rssPeakBytes, row.rssPeakBytes),
  };
}

function over(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined || below === 0 ? undefined : above / below;
}
