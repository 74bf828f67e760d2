/** CPU and memory of a program that works in several processes, such as PostgreSQL. */
import { readFileSync } from "node:fs";
import { sumOfKnown } from "../stats.ts";
import type { Child } from "../target/child.ts";
import type { MeasuredProcess } from "../target/measured-process.ts";
import { parseKib, processCpuUs } from "../target/proc.ts";

/** The largest memory is that of the moments at which somebody asked. */
export function measureTree(name: string, child: Child): MeasuredProcess {
  let rssPeakBytes: number | undefined;
  return {
    usage: async () => {
      const pids = [child.pid, ...childrenOf(child.pid)];
      const rssBytes = memoryOf(pids);
      if (rssBytes !== undefined) rssPeakBytes = Math.max(rssBytes, rssPeakBytes ?? 0);
      const cpuUs = sumOfKnown(pids.map((pid) => processCpuUs(pid)).map(orNothing));
      const known = processCpuUs(child.pid) === undefined ? undefined : cpuUs;
      const process = { name, cpuUs: known, mainThreadCpuUs: undefined, rssBytes, rssPeakBytes };
      return { process, counters: undefined };
    },
    failed: child.failed,
    end: () => child.end(),
    kill: () => child.kill(),
  };
}

/** A child may end between two looks; then its parent has its time. */
function orNothing(cpuUs: number | undefined): number {
  return cpuUs ?? 0;
}

function childrenOf(pid: number): readonly number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`) ?? "";
  const own = text.split(" ").filter(Boolean).map(Number);
  return own.flatMap((child) => [child, ...childrenOf(child)]);
}

/** What each has for itself, and what they share once. */
function memoryOf(pids: readonly number[]): number | undefined {
  let own = 0;
  let shared = 0;
  for (const pid of pids) {
    const status = read(`/proc/${pid}/status`);
    if (status === undefined) continue;
    const shmem = parseKib(status, "RssShmem") ?? 0;
    own += (parseKib(status, "VmRSS") ?? 0) - shmem;
    shared = Math.max(shared, shmem);
  }
  return own + shared === 0 ? undefined : own + shared;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // Not Linux, or the process has ended.
  }
}
