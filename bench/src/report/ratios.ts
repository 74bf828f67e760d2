/** Ours against a peer, on the same work at the same size in the same run. */
import type { Row } from "../measure.ts";

export interface Ratio {
  readonly work: string;
  readonly size: number;
  readonly peer: string;
  /** How many times as many units per second we do. */
  readonly perSecond: number;
  /** How many times as much CPU and memory the peer needs. */
  readonly cpu: number | undefined;
  readonly rss: number | undefined;
}

/** For each row of a peer that we have one beside. */
export function ratiosOf(rows: readonly Row[], ours: string): readonly Ratio[] {
  return rows.flatMap((peer) => {
    if (peer.target === ours) return [];
    const own = rows.find(
      (row) => row.target === ours && row.work === peer.work && row.size === peer.size,
    );
    if (own === undefined) return [];
    return {
      work: peer.work,
      size: peer.size,
      peer: peer.target,
      perSecond: own.perSecond / peer.perSecond,
      cpu: over(peer.cpuUs, own.cpuUs),
      rss: over(peer.rssPeakBytes, own.rssPeakBytes),
    };
  });
}

function over(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined || below === 0 ? undefined : above / below;
}
