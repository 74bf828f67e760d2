/** The command line of the benchmarks. */
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import type { Scenario } from "./scenario/scenario.ts";
import { createScenarios } from "./scenario/scenarios.ts";
import { TARGET_NAMES, type TargetName } from "./target/target.ts";
import { createWorks, SHAPES, type Work } from "./work/works.ts";

/** A mistake on the command line: its message is all that the reader needs. */
export class UsageError extends Error {}

export interface Options {
  readonly works: readonly Work[];
  readonly scenarios: readonly Scenario[];
  /** Turns of each size that are measured. */
  readonly runs: number;
  /** How long a size is run before it is measured, once at least. */
  readonly warmUpMs: number;
  /** A size that takes less is run several times in a turn. */
  readonly turnMs: number;
  /** In the order in which they take turns; each once. */
  readonly targets: readonly TargetName[];
  readonly profile: boolean;
  /** Where data directories are made. */
  readonly directory: string;
  /** A single run may take this long. */
  readonly limitMs: number;
  /** How long the other targets may go on working before the next takes its turn. */
  readonly settleMs: number;
  readonly jsonFile: string | undefined;
  readonly svgFile: string | undefined;
}

export const USAGE = `usage: npm run bench -- [work…] [options]

works (all of them but soak, unless named)
  fanout            a handler that calls N subtasks and joins the results, in four shapes;
                    one alone is ${SHAPES.map((shape) => `fanout:${shape}`).join(", ")};
                    fanout:many-parents: many of them at the same time, with 100 subtasks each
  tree              subtasks that call subtasks that call subtasks
  echo              a handler that answers its input, called by 64 callers and by one
  payload           the same with 1 KB, 100 KB and 4 MB
  run-per-call      a handler with one ctx.run, called by 64 callers
  sequential-runs   one handler with N ctx.run after one another
  parallel-runs     one handler with N ctx.run at the same time
  object            64 callers of a virtual object: all of one key, and each of its own
  commits           what the store alone allows: durable commits of two rows
  cold-start        the time from the start of the processes to the first answer
  idle              memory and CPU of a server that has nothing to do
  sleeping          many sleeping invocations, and a restart with them
  soak              fan-outs of 1,000 for minutes, with a retention of 60 s; only if named
  sdk-fan-in        by itself, without options: what a result costs the SDK, from 100 to 20,000

options
  --sizes N,N…      subtasks of a fan-out      (empty: 100 to 100000; others: 1000 to 30000)
  --requests N      requests of 64 callers; others make a part of them          (4000)
  --steps N         ctx.run of sequential-runs and parallel-runs, and commits   (1000)
  --tree N,N…       children of each node of the tree, level by level           (10,10,100)
  --parents N       parents of fanout:many-parents (64)
  --sleepers N      sleeping invocations           (100000)
  --idle-seconds N  how long an idle server is watched                          (30)
  --minutes N       of the soak                    (10)
  --runs N          turns of each size, of two seconds or one run; the medians of all
                    runs are shown               (5)
  --warm-up-seconds N  how long each size runs before it counts, once at least  (3)
  --targets A,B…    what is measured, in turns; each is compared with those after it
                                                   (rejoin,floor)
  --peers A,B…      of restate, dbos, bullmq: the same as these at the end of --targets
  --profile         profile the largest size, and show where the time went
  --directory DIR   where data directories are made; its disk is what is measured (${tmpdir()})
  --limit-seconds N give a run up after this time, and the larger sizes with it (120)
  --settle-seconds N  how long the other targets may go on working before the next
                    one takes its turn             (5)
  --json FILE       write everything that was measured
  --svg FILE        draw the rates of the targets beside each other
  --help

targets
  rejoin              the server with the services in its process, on our SDK
  rejoin-http2        the server and the services in processes of their own, on our SDK
  rejoin-restate-sdk  the same, on the reference SDK
  restate             the reference server, the services in a process of their own, on its SDK
  dbos                DBOS on a PostgreSQL of its own
  bullmq              BullMQ on a Redis of its own
  floor               the store alone, for the work commits

environment
  REJOIN_NODE_FLAGS   flags of Node of what is not a service process (--max-semi-space-size=64)
`;

const TURN_MS = 2000;
const PEERS: readonly string[] = ["restate", "dbos", "bullmq"];
/** Not among all works: it takes minutes. */
const ONLY_IF_NAMED: readonly string[] = ["soak"];

/** Throws a {@link UsageError}; `undefined` if help was asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  return {
    ...select(positionals, values),
    runs: toCount("runs", values.runs),
    warmUpMs: toCount("warm-up-seconds", values["warm-up-seconds"]) * 1000,
    turnMs: TURN_MS,
    targets: selectTargets(values.targets, values.peers ?? []),
    profile: values.profile,
    directory: values.directory,
    limitMs: toCount("limit-seconds", values["limit-seconds"]) * 1000,
    settleMs: toCount("settle-seconds", values["settle-seconds"]) * 1000,
    jsonFile: values.json,
    svgFile: values.svg,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        sizes: { type: "string" },
        requests: { type: "string", default: "4000" },
        steps: { type: "string", default: "1000" },
        tree: { type: "string", default: "10,10,100" },
        parents: { type: "string", default: "64" },
        sleepers: { type: "string", default: "100000" },
        "idle-seconds": { type: "string", default: "30" },
        minutes: { type: "string", default: "10" },
        runs: { type: "string", default: "5" },
        "warm-up-seconds": { type: "string", default: "3" },
        targets: { type: "string", default: "rejoin,floor" },
        peers: { type: "string", multiple: true },
        profile: { type: "boolean", default: false },
        directory: { type: "string", default: tmpdir() },
        "limit-seconds": { type: "string", default: "120" },
        "settle-seconds": { type: "string", default: "5" },
        json: { type: "string" },
        svg: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function selectTargets(list: string, peers: readonly string[]): readonly TargetName[] {
  const asked = peers.flatMap((names) => names.split(","));
  const unknown = asked.find((peer) => !PEERS.includes(peer));
  if (unknown !== undefined) {
    throw new UsageError(`unknown peer ${unknown}; there is: ${PEERS.join(", ")}`);
  }
  const names = [...list.split(","), ...asked].map((text) => {
    const name = TARGET_NAMES.find((known) => known === text);
    if (name !== undefined) return name;
    throw new UsageError(`unknown target ${text}; there is: ${TARGET_NAMES.join(", ")}`);
  });
  return [...new Set(names)];
}

type Values = ReturnType<typeof parse>["values"];

/** By name, or by what comes before the colon. */
function select(names: readonly string[], values: Values): Pick<Options, "works" | "scenarios"> {
  const works = createWorks({
    sizes: values.sizes === undefined ? undefined : toCounts("sizes", values.sizes),
    requests: toCount("requests", values.requests),
    steps: toCount("steps", values.steps),
    tree: toCounts("tree", values.tree),
    parents: toCount("parents", values.parents),
  });
  const scenarios = createScenarios({
    sleepers: toCount("sleepers", values.sleepers),
    idleSeconds: toCount("idle-seconds", values["idle-seconds"]),
    minutes: toCount("minutes", values.minutes),
  });
  const all = [...works, ...scenarios].map(({ name }) => name);
  const chosen = names.flatMap((name) => {
    const found = all.filter((other) => other === name || other.startsWith(`${name}:`));
    if (found.length > 0) return found;
    const known = [...new Set(all.map((other) => other.split(":")[0]))].join(", ");
    throw new UsageError(`unknown work ${name}; there is: ${known}`);
  });
  const wanted = names.length > 0 ? chosen : all.filter((name) => !ONLY_IF_NAMED.includes(name));
  const pick = <T extends { readonly name: string }>(of: readonly T[]) =>
    [...new Set(wanted)].flatMap((name) => of.filter((other) => other.name === name));
  return { works: pick(works), scenarios: pick(scenarios) };
}

function toCounts(option: string, text: string): readonly number[] {
  return text.split(",").map((part) => toCount(option, part));
}

function toCount(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`--${option} takes numbers above zero, not ${JSON.stringify(text)}`);
}
