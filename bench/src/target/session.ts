/** A session out of processes on one data directory. */
import { directoryBytes } from "./directory-bytes.ts";
import type { MeasuredProcess } from "./measured-process.ts";
import type { ProcessUsage, Session, Usage } from "./target.ts";

/** A server that runs. */
export interface ServerSide {
  readonly measured: MeasuredProcess;
  readonly ingressUrl: string;
  readonly adminUrl: string;
}

export interface SessionOptions {
  readonly server: ServerSide;
  /** Starts the server again, on the same data. */
  readonly startServer: () => Promise<ServerSide>;
  /** The other processes, in the order in which they end: after the server that drives them. */
  readonly others: readonly MeasuredProcess[];
  readonly data: { readonly path: string; remove(): void };
}

export function createSession(options: SessionOptions): Session {
  const { startServer, others, data } = options;
  let { server } = options;
  const processes = () => [server.measured, ...others];
  return {
    get ingressUrl() {
      return server.ingressUrl;
    },
    server: {
      get adminUrl() {
        return server.adminUrl;
      },
      kill: () => server.measured.kill(),
      start: async () => {
        server = await startServer();
      },
    },
    usage: () => usageOf(processes()),
    get profilers() {
      return processes().flatMap(({ profiler }) => profiler ?? []);
    },
    get failed() {
      return anyFailed(processes());
    },
    dataBytes: () => directoryBytes(data.path),
    close: () => closeAll(processes(), data),
  };
}

/** Of processes that are always the same. */
export function createPlainSession(
  ingressUrl: string,
  processes: readonly MeasuredProcess[],
  data: SessionOptions["data"],
): Session {
  return {
    ingressUrl,
    usage: () => usageOf(processes),
    profilers: processes.flatMap(({ profiler }) => profiler ?? []),
    failed: anyFailed(processes),
    dataBytes: () => directoryBytes(data.path),
    close: () => closeAll(processes, data),
  };
}

async function usageOf(processes: readonly MeasuredProcess[]): Promise<Usage> {
  const usages = await Promise.all(processes.map((process) => process.usage()));
  return {
    processes: usages.map(({ process }): ProcessUsage => process),
    counters: usages.find(({ counters }) => counters !== undefined)?.counters,
  };
}

function anyFailed(processes: readonly MeasuredProcess[]): Promise<never> {
  const failed = Promise.race(processes.map((process) => process.failed));
  failed.catch(() => undefined); // Who waits for a run is told.
  return failed;
}

async function closeAll(
  processes: readonly MeasuredProcess[],
  data: SessionOptions["data"],
): Promise<{ readonly dataBytes: number }> {
  for (const process of processes) await process.end();
  const dataBytes = directoryBytes(data.path);
  data.remove();
  return { dataBytes };
}
