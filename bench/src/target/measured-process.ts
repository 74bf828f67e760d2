/** The outer side of a process that is measured. */
import type { Serializable } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Resources } from "../resources.ts";
import type { Request, UsageAnswer } from "./answering.ts";
import { forkChild } from "./child.ts";
import type { Counters, ProcessUsage, Profiler } from "./target.ts";

export interface MeasuredProcess {
  usage(): Promise<MeasuredUsage>;
  /** Absent where the process cannot be profiled. */
  readonly profiler?: Profiler;
  /** Rejects when the process ends before {@link end} was called; never resolves. */
  readonly failed: Promise<never>;
  /** Asks it to end, and ends it if it does not. */
  end(): Promise<void>;
  /** Ends it at once. */
  kill(): Promise<void>;
}

export interface MeasuredUsage {
  readonly process: ProcessUsage;
  readonly counters: Counters | undefined;
}

export interface NodeProgram {
  /** What the process is called in the report. */
  readonly name: string;
  /** A module of the benchmark, from this folder, without its extension: `./rejoin-process`. */
  readonly module: string;
  readonly args?: readonly string[];
  /** Flags of Node. */
  readonly flags?: readonly string[];
  /** Modules to load before it, named likewise. */
  readonly preload?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a program that uses `answerBenchmark`; resolves with what it greets with. */
export async function startNodeProgram<Greeting>(
  { name, module, args = [], flags: own = [], preload = [], env = {} }: NodeProgram,
  resources: Resources,
): Promise<{ readonly greeting: Greeting; readonly measured: MeasuredProcess }> {
  const imports = preload.flatMap((other) => ["--import", urlOf(other).href]);
  const flags = [...own, ...sourceFlags(), ...imports];
  const child = forkChild(fileURLToPath(urlOf(module)), args, { resources, flags, env });
  const greeting = (await child.reply()) as Greeting;
  const ask = (request: Request & Serializable) => child.ask(request);
  const measured: MeasuredProcess = {
    usage: async () => {
      const { usage, counters } = (await ask({ kind: "usage" })) as UsageAnswer;
      return { process: { name, ...usage }, counters };
    },
    profiler: {
      process: name,
      start: async () => void (await ask({ kind: "startProfile" })),
      stop: async (file) => void (await ask({ kind: "stopProfile", file })),
    },
    failed: child.failed,
    end: () => child.end(),
    kill: () => child.kill(),
  };
  return { greeting, measured };
}

/** The benchmark runs compiled; in a test, from its sources, and its programs likewise. */
const fromSource = import.meta.url.endsWith(".ts");

function urlOf(module: string): URL {
  return new URL(`${module}.${fromSource ? "ts" : "js"}`, import.meta.url);
}

function sourceFlags(): readonly string[] {
  return fromSource ? ["--conditions=rejoin:source", "--import", "tsx"] : [];
}
