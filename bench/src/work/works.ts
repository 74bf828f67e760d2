/** The works: what is called, how often, and what must come back. */

export const SHAPES = ["empty", "random", "suspended-all", "suspended-order"] as const;

export type Shape = (typeof SHAPES)[number];

export interface Work {
  readonly name: string;
  /** What the costs are per. */
  readonly unit: "subtask" | "request" | "run";
  /** Units of one run, ascending. */
  readonly sizes: readonly number[];
  readonly load: Load;
  /** What shows that the work is linear; wall time does not where it is mostly waiting. */
  readonly linearBy: readonly ("wall" | "cpu")[];
}

export type Load =
  /** One request that holds all units. */
  | { readonly kind: "single"; readonly path: string }
  /** As many requests as units, by callers of which each waits for its answer. */
  | { readonly kind: "callers"; readonly path: string; readonly callers: number };

export interface WorkSizes {
  /** Subtasks of a fan-out. */
  readonly sizes: readonly number[];
  /** Requests of many callers. */
  readonly requests: number;
  /** `ctx.run`s of one handler. */
  readonly steps: number;
}

const CALLERS = 64;
/** One caller makes this share of the requests of many. */
const ONE_CALLER_SHARE = 8;

const HANDLERS: Readonly<Record<Shape, string>> = {
  empty: "empty",
  random: "random",
  "suspended-all": "suspendedAll",
  "suspended-order": "suspendedOrder",
};

export function createWorks({ sizes, requests, steps }: WorkSizes): readonly Work[] {
  const ascending = [...new Set(sizes)].sort((a, b) => a - b);
  return [
    ...SHAPES.map((shape) => fanout(shape, ascending)),
    echo(CALLERS, requests),
    echo(1, Math.max(1, Math.floor(requests / ONE_CALLER_SHARE))),
    {
      name: "sequential-runs",
      unit: "run",
      sizes: [steps],
      load: { kind: "single", path: "/plain/sequentialRuns" },
      linearBy: [],
    },
  ];
}

/** What a `single` load of `count` units answers: the sum of 0 to `count - 1`. */
export function expectedSum(count: number): number {
  return (count * (count - 1)) / 2;
}

function fanout(shape: Shape, sizes: readonly number[]): Work {
  return {
    name: `fanout:${shape}`,
    unit: "subtask",
    sizes,
    load: { kind: "single", path: `/fanout/${HANDLERS[shape]}` },
    linearBy: shape === "random" ? ["cpu"] : ["wall", "cpu"],
  };
}

function echo(callers: number, requests: number): Work {
  return {
    name: `echo:${callers}`,
    unit: "request",
    sizes: [requests],
    load: { kind: "callers", path: "/plain/echo", callers },
    linearBy: [],
  };
}
