/** A session out of processes on one data directory. */
import { directoryBytes } from "./directory-bytes.ts";
import type { MeasuredProcess } from "./measured-process.ts";
import type { Session } from "./target.ts";

export interface SessionOptions {
  readonly ingressUrl: string;
  /** In the order in which they end: the server before the services that it drives. */
  readonly processes: readonly MeasuredProcess[];
  readonly data: { readonly path: string; remove(): void };
}

export function createSession({ ingressUrl, processes, data }: SessionOptions): Session {
  const failed = Promise.race(processes.map((process) => process.failed));
  failed.catch(() => undefined); // Who waits for a run is told.
  return {
    ingressUrl,
    usage: async () => {
      const usages = await Promise.all(processes.map((process) => process.usage()));
      return {
        processes: usages.map(({ process }) => process),
        counters: usages.find(({ counters }) => counters !== undefined)?.counters,
      };
    },
    profilers: processes.flatMap(({ profiler }) => profiler ?? []),
    failed,
    close: async () => {
      for (const process of processes) await process.end();
      const dataBytes = directoryBytes(data.path);
      data.remove();
      return { dataBytes };
    },
  };
}
