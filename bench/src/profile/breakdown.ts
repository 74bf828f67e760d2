/** Where the time of a profile went, by file and by stage, per unit of work. */
import { type CpuProfile, type Stack, visitSelfTimes } from "./cpu-profile.ts";
import { placeOf, specialOf } from "./place.ts";
import { STAGES, stageOf } from "./stages.ts";

export interface Cost {
  readonly what: string;
  readonly usPerUnit: number;
  /** Of the CPU time of the whole process. */
  readonly share: number;
}

export interface Breakdown {
  readonly stages: readonly Cost[];
  readonly files: readonly Cost[];
}

export interface ProfiledWork {
  /** What was done while the profile was recorded. */
  readonly units: number;
  /** CPU time of the whole process meanwhile; of its main thread, if that is known. */
  readonly cpuUs: number;
  readonly mainThreadCpuUs: number | undefined;
}

/** Threads that a profile does not see: what LevelDB writes and compacts, and V8's helpers. */
const OTHER_THREADS = "other threads (LevelDB, V8)";

/**
 * Samples are taken by the clock, so on a busy machine they count time in which the thread did not
 * run: they are taken as shares of the main thread's CPU time.
 */
export function breakDown(profile: CpuProfile, work: ProfiledWork, filesMax: number): Breakdown {
  const stages = new Map<string, number>();
  const files = new Map<string, number>();
  let sampledUs = 0;
  visitSelfTimes(profile, (stack, selfUs) => {
    const stage = stageOf(stack);
    if (stage === undefined) return;
    sampledUs += selfUs;
    add(stages, stage, selfUs);
    add(files, fileOf(stack), selfUs);
  });
  const mainUs = work.mainThreadCpuUs ?? work.cpuUs;
  const scale = sampledUs === 0 ? 0 : mainUs / sampledUs;
  // The two clocks are read one after the other: in a short run the part can exceed the whole.
  const totalUs = Math.max(work.cpuUs, mainUs);
  const toCost = (what: string, us: number): Cost => ({
    what,
    usPerUnit: us / work.units,
    share: us / totalUs,
  });
  const costs = STAGES.map((stage) => toCost(stage, (stages.get(stage) ?? 0) * scale));
  return {
    stages: [...costs, toCost(OTHER_THREADS, totalUs - mainUs)],
    files: [...files]
      .sort(([, a], [, b]) => b - a)
      .slice(0, filesMax)
      .map(([file, us]) => toCost(file, us * scale)),
  };
}

/** A built-in of the JavaScript engine counts as part of the file that called it. */
function fileOf(stack: Stack): string {
  const special = specialOf(stack);
  if (special !== undefined) return special;
  for (const frame of stack) {
    const place = placeOf(frame);
    if (place !== undefined) return `${place.owner}: ${place.file}`;
  }
  return "(native)";
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us);
}
