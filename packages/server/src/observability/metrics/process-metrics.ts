/** The process, under the names that dashboards for Node know. */
import type { ProcessReading } from "../../ports/process-port.ts";
import { counter, gauge, type Metric, summary } from "./exposition.ts";

export function processMetrics(reading: ProcessReading): readonly Metric[] {
  return [...cpuMetrics(reading), ...memoryMetrics(reading), ...loopMetrics(reading)];
}

function cpuMetrics(reading: ProcessReading): readonly Metric[] {
  const { cpuUserSeconds, cpuSystemSeconds, startedAtSeconds, nodeVersion } = reading;
  return [
    counter("process_cpu_user_seconds_total", "Time of the CPU in user code.", () => {
      return cpuUserSeconds;
    }),
    counter("process_cpu_system_seconds_total", "Time of the CPU in the system.", () => {
      return cpuSystemSeconds;
    }),
    counter("process_cpu_seconds_total", "Time of the CPU.", () => {
      return cpuUserSeconds + cpuSystemSeconds;
    }),
    gauge("process_start_time_seconds", "When the process began, since the Unix epoch.", () => {
      return startedAtSeconds;
    }),
    gauge("nodejs_version_info", "Always 1; the version is a label.", () => [
      { labels: { version: nodeVersion }, value: 1 },
    ]),
  ];
}

function memoryMetrics(reading: ProcessReading): readonly Metric[] {
  const { residentBytes, heapTotalBytes, heapUsedBytes, externalBytes } = reading;
  return [
    gauge("process_resident_memory_bytes", "Memory of the process.", () => residentBytes),
    gauge("nodejs_heap_size_total_bytes", "The heap of JavaScript.", () => heapTotalBytes),
    gauge("nodejs_heap_size_used_bytes", "What is used of it.", () => heapUsedBytes),
    gauge("nodejs_external_memory_bytes", "Memory outside the heap.", () => externalBytes),
  ];
}

function loopMetrics(reading: ProcessReading): readonly Metric[] {
  const { eventLoopLag, eventLoopUtilization, activeResources, collections } = reading;
  const lags = Object.entries(eventLoopLag).map(([name, value]) =>
    gauge(
      `nodejs_eventloop_lag_${name}_seconds`,
      `How late timers were since the last scrape: ${name}.`,
      () => value,
    ),
  );
  return [
    ...lags,
    gauge(
      "nodejs_eventloop_utilization",
      "The share of the time since the last scrape in which the event loop was busy.",
      () => eventLoopUtilization,
    ),
    gauge("nodejs_active_resources_total", "What keeps the event loop alive.", () => {
      return activeResources;
    }),
    summary("nodejs_gc_duration_seconds", "Collections of garbage, by kind.", () =>
      collections.flatMap(({ kind, count, seconds }) => [
        { suffix: "_sum", labels: { kind }, value: seconds },
        { suffix: "_count", labels: { kind }, value: count },
      ]),
    ),
  ];
}
