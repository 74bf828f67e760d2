/** What is measured: a server with the services of the benchmark, in processes of its own. */
import type { Resources } from "../resources.ts";

export interface Target {
  readonly name: string;
  /** What a reader of the figures should know of it: versions, configuration. */
  readonly facts: Readonly<Record<string, string>>;
  /** Starts it on an empty data directory. */
  open(context: TargetContext): Promise<Session>;
}

export interface TargetContext {
  readonly resources: Resources;
  /** Where it makes its data directory. */
  readonly directory: string;
}

export interface Session {
  /** Where handlers are called. */
  readonly ingressUrl: string;
  usage(): Promise<Usage>;
  /** Absent where the target cannot be profiled. */
  readonly profiler?: Profiler;
  /** Ends it and removes its data. */
  close(): Promise<SessionEnd>;
}

/** Since the session was opened. `undefined`: not known on this system, or of this target. */
export interface Usage {
  /** User and system time of all its processes and threads. */
  readonly cpuUs: number | undefined;
  readonly mainThreadCpuUs: number | undefined;
  /** The largest resident set; the sum of its processes. */
  readonly rssPeakBytes: number | undefined;
  readonly counters: Counters | undefined;
}

/** Of the partition processor. */
export interface Counters {
  readonly commits: number;
  readonly records: number;
  readonly writes: number;
  readonly fetches: number;
}

export interface Profiler {
  start(): Promise<void>;
  /** Writes what was recorded to `file`, as a `.cpuprofile`. */
  stop(file: string): Promise<void>;
}

export interface SessionEnd {
  /** Of the data directory. */
  readonly dataBytes: number;
}
