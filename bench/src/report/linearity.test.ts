import { describe, expect, it } from "vitest";
import type { Row } from "../samples.ts";
import { createWorks, type Work } from "../work/works.ts";
import { linearityOf } from "./linearity.ts";

const works = createWorks({
  sizes: [1, 10, 100],
  requests: 8,
  steps: 1,
  tree: [2, 2],
  parents: 1,
});

function workOf(name: string): Work {
  const work = works.find((other) => other.name === name);
  if (work === undefined) throw new Error(`there is no ${name}`);
  return work;
}

/** Rows of both targets; of `peer`, whose costs are twice as high, each size is linear. */
function rowsOf(
  work: Work,
  costs: readonly (readonly [size: number, wallUs: number, cpuUs: number | undefined])[],
): readonly Row[] {
  return costs.flatMap(([size, wallUs, cpuUs]) => {
    const row = {
      work: work.name,
      unit: work.unit,
      size,
      perSecond: 1e6 / wallUs,
      p50Ms: undefined,
      p99Ms: undefined,
      commitsPerSecond: undefined,
      recordsPerCommit: undefined,
      writesPerCommit: undefined,
      fetches: undefined,
      rssPeakBytes: undefined,
      processes: [],
      samples: [],
    };
    return [
      { ...row, target: "ours", wallUs, cpuUs },
      { ...row, target: "peer", wallUs: 200, cpuUs: 200 },
    ];
  });
}

describe("linearity", () => {
  it("compares each size with the cheapest smaller one, per target", () => {
    const work = workOf("fanout:empty");
    const rows = rowsOf(work, [
      [1, 100, 50],
      [10, 50, 60],
      [100, 60, 90],
    ]);
    const ours = linearityOf(work, "ours", rows);
    expect(ours).toMatchObject([
      { target: "ours", size: 10, wallRatio: 0.5, cpuRatio: 1.2, linear: true },
      { target: "ours", size: 100, wallRatio: 1.2, cpuRatio: 1.8, linear: false },
    ]);
    const peer = linearityOf(work, "peer", rows);
    expect(peer.map(({ wallRatio, linear }) => [wallRatio, linear])).toEqual([
      [1, true],
      [1, true],
    ]);
  });

  it("goes by CPU alone where wall time is waiting", () => {
    const work = workOf("fanout:random");
    const rows = rowsOf(work, [
      [1, 100, 50],
      [10, 1000, 50],
    ]);
    expect(linearityOf(work, "ours", rows)).toMatchObject([{ wallRatio: 10, linear: true }]);
  });

  it("gives no verdict on a CPU time that is not known, unless wall time gives it", () => {
    const work = workOf("fanout:empty");
    const rows = rowsOf(work, [
      [1, 100, undefined],
      [10, 100, undefined],
      [100, 200, undefined],
    ]);
    const verdicts = linearityOf(work, "ours", rows).map(({ linear }) => linear);
    expect(verdicts).toEqual([undefined, false]);
  });

  it("has nothing to say of one size, or of a work without that law", () => {
    const single = rowsOf(workOf("fanout:empty"), [[1, 100, 50]]);
    expect(linearityOf(workOf("fanout:empty"), "ours", single)).toEqual([]);
    const echo = workOf("echo:64");
    const rows = rowsOf(echo, [
      [1, 100, 50],
      [10, 100, 50],
    ]);
    expect(linearityOf(echo, "ours", rows)).toEqual([]);
  });
});
