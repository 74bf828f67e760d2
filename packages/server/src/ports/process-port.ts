/** What is known of the process, for whoever measures it. */
export interface ProcessMeter {
  /** Where the process stands now; of what has a distribution, since the last reading. */
  read(): ProcessReading;
  /** Measures nothing more. */
  close(): void;
}

export interface ProcessReading {
  readonly startedAtSeconds: number;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly residentBytes: number;
  readonly heapTotalBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  /** How late timers were, in seconds. */
  readonly eventLoopLag: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
  };
  /** The share of the time in which the event loop was busy, 0 to 1. */
  readonly eventLoopUtilization: number;
  readonly activeResources: number;
  /** How often garbage was collected and how long that took, by kind. */
  readonly collections: readonly {
    readonly kind: string;
    readonly count: number;
    readonly seconds: number;
  }[];
  readonly nodeVersion: string;
}
