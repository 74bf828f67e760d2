/**
 * Measures the process with what Node offers. What takes a timer or a hook begins with the first
 * reading: a server whose metrics nobody asks for has neither.
 */
import {
  constants,
  type EventLoopUtilization,
  type IntervalHistogram,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from "node:perf_hooks";
import type { ProcessMeter, ProcessReading } from "./process-port.ts";

const LAG_RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

interface Collections {
  count: number;
  seconds: number;
}

/** A meter of this process. */
export function createProcessMeter(): ProcessMeter {
  return new RealProcessMeter();
}

class RealProcessMeter implements ProcessMeter {
  private lag: IntervalHistogram | undefined;
  private observer: PerformanceObserver | undefined;
  private utilization: EventLoopUtilization | undefined;
  private readonly collections = new Map<string, Collections>();

  read(): ProcessReading {
    this.begin();
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    return {
      startedAtSeconds: performance.timeOrigin / 1000,
      cpuUserSeconds: cpu.user / 1e6,
      cpuSystemSeconds: cpu.system / 1e6,
      residentBytes: memory.rss,
      heapTotalBytes: memory.heapTotal,
      heapUsedBytes: memory.heapUsed,
      externalBytes: memory.external,
      eventLoopLag: this.readLag(),
      eventLoopUtilization: this.readUtilization(),
      activeResources: process.getActiveResourcesInfo().length,
      collections: [...this.collections].map(([kind, own]) => ({ kind, ...own })),
      nodeVersion: process.version,
    };
  }

  close(): void {
    this.lag?.disable();
    this.observer?.disconnect();
  }

  private begin(): void {
    if (this.lag !== undefined) return;
    this.lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
    this.lag.enable();
    this.observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.noteCollection(entry);
    });
    this.observer.observe({ entryTypes: ["gc"] });
  }

  private noteCollection(entry: PerformanceEntry): void {
    const { detail } = entry as { readonly detail?: { readonly kind: number } };
    const code = detail?.kind ?? 0;
    const kind = KINDS[code] ?? "other";
    const own = this.collections.get(kind) ?? { count: 0, seconds: 0 };
    own.count += 1;
    own.seconds += entry.duration / 1000;
    this.collections.set(kind, own);
  }

  private readLag(): ProcessReading["eventLoopLag"] {
    const { lag } = this;
    const seconds = (nanoseconds: number | undefined) => (nanoseconds ?? 0) / NANOSECONDS;
    // Before the first measure the smallest one is infinite, and the mean is none.
    if (lag === undefined || !Number.isFinite(lag.mean)) return NO_LAG;
    const read = {
      min: seconds(lag.min),
      max: seconds(lag.max),
      mean: seconds(lag.mean),
      p50: seconds(lag.percentile(50)),
      p90: seconds(lag.percentile(90)),
      p99: seconds(lag.percentile(99)),
    };
    lag.reset();
    return read;
  }

  private readUtilization(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.utilization);
    this.utilization = now;
    return utilization;
  }
}

const NO_LAG: ProcessReading["eventLoopLag"] = { min: 0, max: 0, mean: 0, p50: 0, p90: 0, p99: 0 };
