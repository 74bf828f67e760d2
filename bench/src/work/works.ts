/** The works: what is called, how often, and what must come back. */
import { consecutivePerPath, type Load } from "./load-kinds.ts";

export const SHAPES = ["empty", "random", "suspended-all", "suspended-order"] as const;

export type Shape = (typeof SHAPES)[number];

export interface Work {
  readonly name: string;
  /** What the costs are per. */
  readonly unit: "subtask" | "request" | "run" | "commit";
  /** Units of one run, ascending. */
  readonly sizes: readonly number[];
  readonly load: Load;
  /** What shows that the work is linear; wall time does not where it is mostly waiting. */
  readonly linearBy: readonly ("wall" | "cpu")[];
}

export interface WorkSizes {
  /** Subtasks of a fan-out; `undefined`: each shape has its own. */
  readonly sizes: readonly number[] | undefined;
  /** Requests of many callers. */
  readonly requests: number;
  /** `ctx.run`s of one handler, and bare commits. */
  readonly steps: number;
  /** Children of each node of the tree, level by level. */
  readonly tree: readonly number[];
  /** Parents that fan out at the same time. */
  readonly parents: number;
}

export const DEFAULT_SIZES: Readonly<Record<Shape, readonly number[]>> = {
  empty: [100, 1000, 5000, 10_000, 20_000, 100_000],
  random: [1000, 3000, 10_000, 30_000],
  "suspended-all": [1000, 3000, 10_000, 30_000],
  "suspended-order": [1000, 3000, 10_000, 30_000],
};
/** Subtasks of each of many parents. */
export const SUBTASKS_PER_PARENT = 100;
const CALLERS = 64;
/** One caller makes this share of the requests of many. */
const ONE_CALLER_SHARE = 8;
/** Larger payloads are sent by fewer callers, and less often. */
const PAYLOADS = [
  { name: "1KB", bytes: 1000, callers: 64, share: 1 },
  { name: "100KB", bytes: 100_000, callers: 16, share: 10 },
  { name: "4MB", bytes: 4_000_000, callers: 4, share: 100 },
] as const;
const PAYLOAD_TEXT = "0123456789 the quick brown fox jumps over the lazy dog. ";

const HANDLERS: Readonly<Record<Shape, string>> = {
  empty: "empty",
  random: "random",
  "suspended-all": "suspendedAll",
  "suspended-order": "suspendedOrder",
};

export function createWorks(sizes: WorkSizes): readonly Work[] {
  const { requests, steps } = sizes;
  const few = shareOf(requests, ONE_CALLER_SHARE);
  return [
    ...SHAPES.map((shape) => fanout(shape, ascending(sizes.sizes ?? DEFAULT_SIZES[shape]))),
    tree(sizes.tree),
    manyParents(sizes.parents),
    callers(`echo:${CALLERS}`, { requests, callers: CALLERS, path: "/plain/echo" }),
    callers("echo:1", { requests: few, callers: 1, path: "/plain/echo" }),
    ...PAYLOADS.map(payload.bind(undefined, requests)),
    callers("run-per-call", { requests, callers: CALLERS, path: "/plain/runAndEcho" }),
    single("sequential-runs", "run", [steps], "/plain/sequentialRuns"),
    single("parallel-runs", "run", [steps], "/plain/parallelRuns"),
    objects("object:one-key", requests, () => "/counter/hot/add"),
    objects(`object:${CALLERS}-keys`, requests, (caller) => `/counter/key-${caller}/add`),
    single("commits:one-by-one", "commit", [steps], "/commits/oneByOne"),
    single("commits:groups", "commit", [steps * CALLERS], "/commits/groups"),
  ];
}

/** What a `single` load of `count` units answers: the sum of 0 to `count - 1`. */
export function expectedSum(count: number): number {
  return (count * (count - 1)) / 2;
}

/** A part of the requests, and never none. */
function shareOf(requests: number, share: number): number {
  return Math.max(1, Math.floor(requests / share));
}

function ascending(sizes: readonly number[]): readonly number[] {
  return [...new Set(sizes)].sort((a, b) => a - b);
}

function single(name: string, unit: Work["unit"], sizes: readonly number[], path: string): Work {
  const toExchange = (size: number) => ({
    path,
    body: String(size),
    expected: String(expectedSum(size)),
  });
  return { name, unit, sizes, load: { kind: "single", toExchange }, linearBy: [] };
}

function fanout(shape: Shape, sizes: readonly number[]): Work {
  const work = single(`fanout:${shape}`, "subtask", sizes, `/fanout/${HANDLERS[shape]}`);
  return { ...work, linearBy: shape === "random" ? ["cpu"] : ["wall", "cpu"] };
}

/** The units are its leaves; the answer is their number. */
function tree(children: readonly number[]): Work {
  const leaves = children.reduce((product, count) => product * count, 1);
  const body = JSON.stringify(children);
  return {
    name: `tree:${children.join("×")}`,
    unit: "subtask",
    sizes: [leaves],
    load: {
      kind: "single",
      toExchange: () => ({ path: "/tree/branch", body, expected: String(leaves) }),
    },
    linearBy: [],
  };
}

function manyParents(parents: number): Work {
  const expected = String(expectedSum(SUBTASKS_PER_PARENT));
  const exchange = { path: "/fanout/empty", body: String(SUBTASKS_PER_PARENT), expected };
  return {
    name: "fanout:many-parents",
    unit: "subtask",
    sizes: [parents * SUBTASKS_PER_PARENT],
    load: {
      kind: "callers",
      callers: parents,
      unitsPerRequest: SUBTASKS_PER_PARENT,
      toExchange: () => exchange,
    },
    linearBy: [],
  };
}

function callers(
  name: string,
  options: { readonly requests: number; readonly callers: number; readonly path: string },
): Work {
  const { requests, path } = options;
  const toExchange = (caller: number) => {
    const body = JSON.stringify(`hello from caller ${caller}`);
    return { path, body, expected: body };
  };
  const load = {
    kind: "callers",
    callers: options.callers,
    unitsPerRequest: 1,
    toExchange,
  } as const;
  return { name, unit: "request", sizes: [requests], load, linearBy: [] };
}

function payload(requests: number, of: (typeof PAYLOADS)[number]): Work {
  const text = PAYLOAD_TEXT.repeat(Math.ceil(of.bytes / PAYLOAD_TEXT.length));
  const body = JSON.stringify(text.slice(0, of.bytes));
  const exchange = { path: "/plain/echo", body, expected: body };
  return {
    name: `payload:${of.name}`,
    unit: "request",
    sizes: [shareOf(requests, of.share)],
    load: {
      kind: "callers",
      callers: of.callers,
      unitsPerRequest: 1,
      toExchange: () => exchange,
    },
    linearBy: [],
  };
}

/** Each visit of an object adds one, and is answered with the sum: none is lost, none is done twice. */
function objects(name: string, requests: number, toPath: (caller: number) => string): Work {
  const toExchange = (caller: number) => ({ path: toPath(caller), body: "1", expected: undefined });
  return {
    name,
    unit: "request",
    sizes: [requests],
    load: {
      kind: "callers",
      callers: CALLERS,
      unitsPerRequest: 1,
      toExchange,
      assertAnswers: consecutivePerPath,
    },
    linearBy: [],
  };
}
