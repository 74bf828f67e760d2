/** What the figures depend on besides the program. */
import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { median, percentile } from "./stats.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted a core in the last minute: what else the machine was doing. */
  readonly load: number;
  readonly directory: string;
  /** Whether the directory lives in memory, where a commit waits for nothing. */
  readonly inMemory: boolean;
  /** Of a small write made durable. */
  readonly fsyncMs: { readonly median: number; readonly p99: number };
}

const SYNCS = 200;
const WRITE_BYTES = 512;
const TMPFS_MAGIC = 0x01021994;
/** Beyond this load per core, figures say as much about the other programs as about this one. */
const QUIET_LOAD = 0.25;

export function describeMachine(directory: string): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    load: loadavg()[0] ?? 0,
    directory,
    inMemory: statfsSync(directory).type === TMPFS_MAGIC,
    fsyncMs: measureFsync(directory),
  };
}

export function formatMachine(machine: Machine): string {
  const { cpu, cores, memoryBytes, system, node, load, directory, fsyncMs } = machine;
  const gib = Math.round(memoryBytes / 2 ** 30);
  return [
    `${cores} × ${cpu}, ${gib} GiB, ${system}, Node ${node.slice(1)}, load ${load.toFixed(2)}`,
    `${directory}: fdatasync ${fsyncMs.median.toFixed(2)} ms (p99 ${fsyncMs.p99.toFixed(2)} ms)`,
    ...warningsOf(machine),
  ].join("\n");
}

function warningsOf({ inMemory, load, cores }: Machine): readonly string[] {
  const warnings: string[] = [];
  if (inMemory) warnings.push("WARNING: the directory lives in memory, where nothing is durable");
  if (load > QUIET_LOAD * cores) warnings.push("WARNING: the machine was busy with other things");
  return warnings;
}

function measureFsync(directory: string): Machine["fsyncMs"] {
  const path = join(directory, `rejoin-bench-fsync-${process.pid}`);
  const file = openSync(path, "w");
  try {
    const bytes = new Uint8Array(WRITE_BYTES);
    const times = Array.from({ length: SYNCS }, () => {
      const startedAt = performance.now();
      writeSync(file, bytes);
      fdatasyncSync(file);
      return performance.now() - startedAt;
    });
    return { median: median(times), p99: percentile(times, 0.99) };
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
