/** What is measured: a server with the services of the benchmark, in processes of its own. */
import type { Resources } from "../resources.ts";

/** In the order in which they are compared: each with those that come after it. */
export const TARGET_NAMES = [
  "rejoin",
  "rejoin-http2",
  "rejoin-restate-sdk",
  "restate",
  "dbos",
  "bullmq",
  "floor",
] as const;

export type TargetName = (typeof TARGET_NAMES)[number];

export interface Target {
  readonly name: string;
  /** What a reader of the figures should know of it: versions, configuration. */
  readonly facts: Readonly<Record<string, string>>;
  /** Whether it can do a work, or a scenario, of this name. */
  supports(name: string): boolean;
  /** Starts it on an empty data directory. */
  open(context: TargetContext): Promise<Session>;
}

export interface TargetContext {
  readonly resources: Resources;
  /** Where it makes its data directory. */
  readonly directory: string;
  /** Of the Node that runs our server, instead of the documented ones. */
  readonly nodeFlags?: readonly string[];
}

export interface Session {
  /** Where handlers are called. It may be another one after {@link SessionServer.start}. */
  readonly ingressUrl: string;
  /** The server alone, where it can be killed and started again. */
  readonly server?: SessionServer;
  usage(): Promise<Usage>;
  /** Of its processes that can be profiled. */
  readonly profilers: readonly Profiler[];
  /** Rejects when one of its processes ends before {@link close} was called; never resolves. */
  readonly failed: Promise<never>;
  /** Of its data now. */
  dataBytes(): number;
  /** Ends it and removes its data. */
  close(): Promise<SessionEnd>;
}

export interface SessionServer {
  /** Of its admin API. */
  readonly adminUrl: string;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same data; resolves when the process runs. */
  start(): Promise<void>;
}

/** Since the session was opened. */
export interface Usage {
  /** Always the same ones, in the same order. */
  readonly processes: readonly ProcessUsage[];
  /** `undefined`: the target does not tell. */
  readonly counters: Counters | undefined;
}

/** `undefined`: not known on this system. */
export interface ProcessUsage {
  /** What it holds, such as `server` or `services`. */
  readonly name: string;
  /** User and system time of all its threads. */
  readonly cpuUs: number | undefined;
  readonly mainThreadCpuUs: number | undefined;
  /** The resident set now. */
  readonly rssBytes: number | undefined;
  /** The largest resident set so far. */
  readonly rssPeakBytes: number | undefined;
}

/** Of the partition processor. */
export interface Counters {
  readonly commits: number;
  readonly records: number;
  readonly writes: number;
  readonly fetches: number;
}

export interface Profiler {
  /** The process: see {@link ProcessUsage}. */
  readonly process: string;
  start(): Promise<void>;
  /** Writes what was recorded to `file`, as a `.cpuprofile`. */
  stop(file: string): Promise<void>;
}

export interface SessionEnd {
  /** Of the data directory. */
  readonly dataBytes: number;
}
