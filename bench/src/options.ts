/** The command line of the benchmarks. */
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { TARGET_NAMES, type TargetName } from "./target/target.ts";
import { createWorks, SHAPES, type Work } from "./work/works.ts";

/** A mistake on the command line: its message is all that the reader needs. */
export class UsageError extends Error {}

export interface Options {
  readonly works: readonly Work[];
  /** Measured runs of each size, after one that is not measured. */
  readonly runs: number;
  /** In the order in which they take turns; each once. */
  readonly targets: readonly TargetName[];
  readonly profile: boolean;
  /** Where data directories are made. */
  readonly directory: string;
  /** A single run may take this long. */
  readonly limitMs: number;
  readonly jsonFile: string | undefined;
}

export const USAGE = `usage: npm run bench -- [work…] [options]

works (all of them unless named)
  fanout            a handler that calls N subtasks and joins the results, in four shapes;
                    one alone is ${SHAPES.map((shape) => `fanout:${shape}`).join(", ")}
  echo              a handler that answers its input, called by 64 callers and by one
  sequential-runs   one handler with N ctx.run after one another
  sdk-fan-in        by itself, without options: what a result costs the SDK, from 100 to 20,000

options
  --sizes N,N…      subtasks of a fan-out          (1000,3000,10000,30000)
  --requests N      requests of the 64 callers; one caller makes an eighth      (4000)
  --steps N         ctx.run of sequential-runs     (1000)
  --runs N          measured runs of each size; the medians are shown           (5)
  --targets A,B…    what is measured, in turns; each is compared with those after it  (rejoin)
  --peers restate   the same as restate at the end of --targets
  --profile         profile the largest size, and show where the time went
  --directory DIR   where data directories are made; its disk is what is measured (${tmpdir()})
  --limit-seconds N give a run up after this time, and the larger sizes with it (120)
  --json FILE       write everything that was measured
  --help

targets
  rejoin              the server with the services in its process, on our SDK
  rejoin-http2        the server and the services in processes of their own, on our SDK
  rejoin-restate-sdk  the same, on the reference SDK
  restate             the reference server, the services in a process of their own, on its SDK
`;

/** Throws a {@link UsageError}; `undefined` if help was asked for. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  return {
    works: selectWorks(positionals, values),
    runs: toCount("runs", values.runs),
    targets: selectTargets(values.targets, values.peers ?? []),
    profile: values.profile,
    directory: values.directory,
    limitMs: toCount("limit-seconds", values["limit-seconds"]) * 1000,
    jsonFile: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        sizes: { type: "string", default: "1000,3000,10000,30000" },
        requests: { type: "string", default: "4000" },
        steps: { type: "string", default: "1000" },
        runs: { type: "string", default: "5" },
        targets: { type: "string", default: "rejoin" },
        peers: { type: "string", multiple: true },
        profile: { type: "boolean", default: false },
        directory: { type: "string", default: tmpdir() },
        "limit-seconds": { type: "string", default: "120" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function selectTargets(list: string, peers: readonly string[]): readonly TargetName[] {
  const unknown = peers.find((peer) => peer !== "restate");
  if (unknown !== undefined) throw new UsageError(`unknown peer ${unknown}; there is: restate`);
  const names = [...list.split(","), ...peers].map((text) => {
    const name = TARGET_NAMES.find((known) => known === text);
    if (name !== undefined) return name;
    throw new UsageError(`unknown target ${text}; there is: ${TARGET_NAMES.join(", ")}`);
  });
  return [...new Set(names)];
}

function selectWorks(
  names: readonly string[],
  values: { readonly sizes: string; readonly requests: string; readonly steps: string },
): readonly Work[] {
  const all = createWorks({
    sizes: values.sizes.split(",").map((text) => toCount("sizes", text)),
    requests: toCount("requests", values.requests),
    steps: toCount("steps", values.steps),
  });
  if (names.length === 0) return all;
  return names.flatMap((name) => {
    const works = all.filter((work) => work.name === name || work.name.startsWith(`${name}:`));
    if (works.length > 0) return works;
    const known = [...new Set(all.map((work) => work.name.split(":")[0]))].join(", ");
    throw new UsageError(`unknown work ${name}; there is: ${known}`);
  });
}

function toCount(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`--${option} takes numbers above zero, not ${JSON.stringify(text)}`);
}
