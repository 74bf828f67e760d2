/** CPU time and memory of a process, from Linux's `/proc`; elsewhere nothing is known. */
import { readFileSync } from "node:fs";

/** The kernel's unit of times in `/proc`, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const US_PER_TICK = 1_000_000 / TICKS_PER_SECOND;
/** Fields of `stat`, counted from the one after the command's name. */
const UTIME = 11;
const CHILDREN_STIME = 14;

/** User and system time of a process and its ended children; `undefined` if it is not known. */
export function processCpuUs(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : parseCpuUs(stat, true);
}

/** The resident set of a process. */
export function processRssBytes(pid: number): number | undefined {
  const status = read(`/proc/${pid}/status`);
  return status === undefined ? undefined : parseKib(status, "VmRSS");
}

/** User and system time of the thread that runs JavaScript. */
export function mainThreadCpuUs(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/task/${pid}/stat`);
  return stat === undefined ? undefined : parseCpuUs(stat, false);
}

/** The largest resident set of a process so far. */
export function processRssPeakBytes(pid: number): number | undefined {
  const status = read(`/proc/${pid}/status`);
  return status === undefined ? undefined : parseRssPeakBytes(status);
}

/** The command's name is in brackets and may hold spaces and brackets itself. */
export function parseCpuUs(stat: string, withChildren: boolean): number {
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const times = fields.slice(UTIME, withChildren ? CHILDREN_STIME + 1 : UTIME + 2);
  return times.reduce((sum, ticks) => sum + ticks, 0) * US_PER_TICK;
}

export function parseRssPeakBytes(status: string): number | undefined {
  return parseKib(status, "VmHWM");
}

/** A line of `status`, in bytes. */
export function parseKib(status: string, field: "VmRSS" | "VmHWM" | "RssShmem") {
  const kib = new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // Not Linux, or the process has ended.
  }
}
