import { describe, expect, it } from "vitest";
import { breakDown } from "./breakdown.ts";
import type { CpuProfile, ProfileNode } from "./cpu-profile.ts";

const root = "file:///home/someone/rejoin";

function node(id: number, functionName: string, url: string, children: number[] = []): ProfileNode {
  return { id, callFrame: { functionName, url }, children };
}

const profile: CpuProfile = {
  nodes: [
    node(1, "(root)", "", [2, 3, 4, 10, 11]),
    node(2, "(idle)", ""),
    node(3, "(garbage collector)", ""),
    node(4, "drain", `${root}/packages/server/dist/partition/processor.js`, [5, 7, 8]),
    node(5, "apply", `${root}/packages/engine/dist/engine.js`, [6]),
    node(6, "set", ""),
    node(7, "pack", `${root}/packages/engine/src/batch.ts`),
    node(8, "put", `${root}/node_modules/classic-level/chained-batch.js`, [9]),
    node(9, "batchPut", ""),
    node(10, "onread", "node:internal/stream_base_commons"),
    node(11, "start", `${root}/bench/dist/profile/cpu-recorder.js`, [12]),
    node(12, "dispatch", "node:inspector"),
  ],
  samples: [12, 2, 3, 4, 5, 6, 7, 9, 10],
  timeDeltas: [7000, 5000, 100, 100, 100, 200, 100, 300, 100],
};
const work = { units: 10, cpuUs: 4000, mainThreadCpuUs: 2000 };

describe("the breakdown of a profile", () => {
  it("scales samples to CPU time, leaves idle time and its own work out, and counts what threads do besides", () => {
    const { stages } = breakDown(profile, work, 25);
    const costs = Object.fromEntries(stages.map(({ what, usPerUnit }) => [what, usPerUnit]));
    expect(costs).toEqual({
      services: 0,
      SDK: 0,
      invoker: 0,
      ingress: 0,
      partition: 20,
      "engine apply": 60,
      "packing and encoding": 20,
      "LevelDB calls": 60,
      "garbage collection": 20,
      "node and native code": 20,
      "other threads (LevelDB, V8)": 200,
    });
    expect(stages.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it("counts a built-in as part of the file that called it, the dearest first", () => {
    const { files } = breakDown(profile, work, 3);
    expect(files.map(({ what }) => what)).toEqual([
      "engine: engine.ts",
      "classic-level: chained-batch.ts",
      "(garbage collector)",
    ]);
  });

  it("takes all CPU time as the main thread's where that is not known", () => {
    const { stages } = breakDown(profile, { ...work, mainThreadCpuUs: undefined }, 3);
    expect(stages.at(-1)?.usPerUnit).toBe(0);
    expect(stages.find(({ what }) => what === "engine apply")?.usPerUnit).toBe(120);
  });
});
