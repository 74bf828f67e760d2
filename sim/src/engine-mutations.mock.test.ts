/**
 * Shows that the checkers see what is wrong in the engine: one rule of it at a time is broken, and
 * must be noticed within a stated number of seeds, for what it is.
 */
import {
  type Invocation,
  instanceOf,
  type ObjectRow,
  objectRows,
  promiseRows,
  type Task,
  taskRows,
} from "@rejoin/engine";
import { expect, it, vi } from "vitest";
import type { ViolationKind } from "./checker/violations.ts";
import { createPlan, type Plan } from "./plan.ts";
import { runSeed } from "./run-seed.ts";

/** What a mutation uses of the engine's transaction. */
interface Txn {
  readonly actions: object[];
  invocation(key: string): Invocation | undefined;
  row(kind: object, key: string): unknown;
  put(kind: object, key: string, value: unknown): void;
  edit(key: string): Invocation | undefined;
}

const engine = vi.hoisted(() => {
  type Exports = Record<string, unknown>;
  type Call = (...args: unknown[]) => unknown;
  type Wrap = (original: Readonly<Record<string, Call>>, ...args: never[]) => unknown;
  const state: { readonly wraps: Map<string, Wrap> } = { wraps: new Map() };
  /** The module with functions that a mutation may replace while it runs. */
  const opened =
    (...names: string[]) =>
    async (importOriginal: () => Promise<Exports>): Promise<Exports> => {
      const original = await importOriginal();
      const calls = original as Record<string, Call>;
      const replaced = names.map((name) => {
        const call: Call = (...args) => {
          const wrap = state.wraps.get(name);
          return wrap === undefined ? calls[name]?.(...args) : wrap(calls, ...(args as never[]));
        };
        return [name, call] as const;
      });
      return { ...original, ...Object.fromEntries(replaced) };
    };
  return { ...state, opened };
});

vi.mock(
  "../../packages/engine/src/objects/lock.ts",
  engine.opened("leaveInbox", "handOver", "release"),
);
vi.mock("../../packages/engine/src/tasks/step.ts", engine.opened("applyTaskStep"));
vi.mock("../../packages/engine/src/tasks/put-task.ts", engine.opened("putTask"));
vi.mock("../../packages/engine/src/commands/state/access.ts", engine.opened("writeAccess"));
vi.mock(
  "../../packages/engine/src/objects/replace-state.ts",
  engine.opened("raiseGeneration", "replaceState"),
);
vi.mock(
  "../../packages/engine/src/limits/slots.ts",
  engine.opened("applyGrant", "releaseSlots", "startLater"),
);
vi.mock("../../packages/server/src/registry/rules/rule-book.ts", engine.opened("putRules"));
vi.mock("../../packages/engine/src/lifecycle/suspension.ts", engine.opened("suspend"));
vi.mock("../../packages/engine/src/lifecycle/pause.ts", engine.opened("pauseInvocation"));
vi.mock("../../packages/engine/src/lifecycle/attempt.ts", engine.opened("applyAttempt"));
vi.mock("../../packages/engine/src/lifecycle/signal.ts", engine.opened("signalInvocation"));
vi.mock("../../packages/engine/src/lifecycle/invoke.ts", engine.opened("applyInvoke"));
vi.mock(
  "../../packages/engine/src/lifecycle/choose-deployment.ts",
  engine.opened("chooseDeployment"),
);
vi.mock(
  "../../packages/engine/src/commands/promise/complete-promise.ts",
  engine.opened("applyCompletePromise"),
);

type Wraps = Parameters<typeof engine.wraps.set>[1];

interface Search {
  readonly mutation: Readonly<Record<string, Wraps>>;
  readonly seedsMax: number;
  /** Which of the seeds are tried; by default all. */
  readonly among?: (plan: Plan) => boolean;
  readonly kinds: readonly ViolationKind[];
}

/** The kind of the first violation of one of `kinds`, with the mutation. */
async function find({
  mutation,
  seedsMax,
  kinds,
  among,
}: Search): Promise<ViolationKind | undefined> {
  for (const [name, wrap] of Object.entries(mutation)) engine.wraps.set(name, wrap);
  try {
    for (let seed = 1; seed <= seedsMax; seed++) {
      if (among?.(createPlan(seed)) === false) continue;
      const { violations } = await runSeed(seed);
      const found = violations.find(({ kind }) => kinds.includes(kind));
      if (found !== undefined) return found.kind;
    }
    return undefined;
  } finally {
    engine.wraps.clear();
  }
}

const TIMEOUT_MS = 180_000;

const hasLimits = ({ flow }: Plan) => flow !== undefined;
const hasScripts = ({ model }: Plan) => model.scriptClients > 0;
const isMoved = ({ model }: Plan) => model.actions > 0 && model.upgradeStep !== undefined;

function sees(what: string, search: Search): void {
  it(`sees ${what}`, { timeout: TIMEOUT_MS }, async () => {
    expect(search.kinds).toContain(await find(search));
  });
}

sees("an object that is released by one who only waits for it", {
  mutation: {
    leaveInbox: (original, txn: Txn, invocation: Invocation) => {
      original.leaveInbox?.(txn, invocation);
      const instance = instanceOf(invocation.target);
      original.handOver?.(txn, instance, txn.row(objectRows, instance));
    },
  },
  seedsMax: 30,
  kinds: ["object-overlap"],
});

sees("an inbox that is taken from its wrong end", {
  mutation: {
    handOver: (original, txn: Txn, instance: string, object: ObjectRow) => {
      swapFirstTwo(txn, instance, object);
      original.handOver?.(txn, instance, object);
    },
    release: (original, txn: Txn, invocation: Invocation) => {
      const instance = instanceOf(invocation.target);
      const object = txn.row(objectRows, instance) as ObjectRow | undefined;
      if (object?.holder === invocation.key) swapFirstTwo(txn, instance, object);
      original.release?.(txn, invocation);
    },
  },
  seedsMax: 40,
  kinds: ["out-of-turn"],
});

sees("a task that ends before its last page", {
  mutation: {
    applyTaskStep: (original, txn: Txn, record: { readonly name: string }) => {
      original.applyTaskStep?.(txn, record);
      if (txn.row(taskRows, record.name) !== undefined) txn.put(taskRows, record.name, undefined);
    },
  },
  seedsMax: 10,
  kinds: ["survived-kill", "leftover", "not-done", "stuck"],
});

sees("a kill that leaves the callees alone", {
  mutation: {
    putTask: (original, txn: Txn, task: Task) => {
      if (task.kind !== "kill") original.putTask?.(txn, task);
    },
  },
  seedsMax: 20,
  kinds: ["survived-kill"],
});

sees("state that is written without its generation", {
  mutation: {
    writeAccess: (original, step: object) => {
      const access = original.writeAccess?.(step) as { readonly object?: ObjectRow };
      if (access.object === undefined) return access;
      return { ...access, object: { ...access.object, generation: 0 } };
    },
  },
  seedsMax: 20,
  kinds: ["stale-state", "leftover"],
});

sees("state that is cleared in name alone", {
  mutation: {
    raiseGeneration: (_original, _txn: Txn, _instance: string, object: ObjectRow) => object,
  },
  seedsMax: 40,
  among: hasScripts,
  kinds: ["stale-state"],
});

sees("a cancellation that counts twice", {
  mutation: {
    suspend: (original, txn: Txn, invocation: Invocation, tree: object) =>
      original.suspend?.(txn, invocation, tree, 0),
  },
  seedsMax: 90,
  kinds: ["spurious-resume", "stuck"],
});

sees("records of an attempt that are taken although it is paused", {
  mutation: {
    pauseInvocation: (original, txn: Txn, current: Invocation) => {
      if (current.status !== "invoked") return original.pauseInvocation?.(txn, current);
      const invocation = txn.edit(current.key);
      if (invocation !== undefined) invocation.status = "paused";
      return { kind: "done" };
    },
    applyAttempt: (
      original,
      txn: Txn,
      record: { readonly key: string; readonly start: number },
    ) => {
      const current = txn.edit(record.key);
      if (current?.status === "paused" && current.starts === record.start)
        current.status = "invoked";
      return original.applyAttempt?.(txn, record);
    },
  },
  seedsMax: 100,
  kinds: ["not-running", "unpaused"],
});

sees("a signal that is lost", {
  mutation: {
    signalInvocation: (original, txn: Txn, current: Invocation | undefined, signal: object) => {
      if (current !== undefined && current.journalLength % 3 === 0) return undefined;
      return original.signalInvocation?.(txn, current, signal);
    },
  },
  seedsMax: 10,
  kinds: ["lost-signal"],
});

sees("a promise that is completed again", {
  mutation: {
    applyCompletePromise: (original, step: { readonly txn: Txn }) => {
      const { txn } = step;
      const { row } = txn;
      txn.row = (kind, key) => {
        const value = row.call(txn, kind, key);
        return kind === promiseRows ? { kind: "open", waiters: [] } : value;
      };
      try {
        return original.applyCompletePromise?.(step);
      } finally {
        txn.row = row;
      }
    },
  },
  seedsMax: 10,
  kinds: ["promise"],
});

sees("a workflow that is run again", {
  mutation: {
    applyInvoke: (original, txn: Txn, record: { readonly target: Invocation["target"] }) => {
      const isRun = record.target.handlerKind === "workflow";
      return original.applyInvoke?.(txn, isRun ? { ...record, fresh: true } : record);
    },
  },
  seedsMax: 20,
  kinds: ["lost", "illegal-transition", "damaged-journal", "bug"],
});

sees("an invocation that is moved to another deployment", {
  mutation: {
    chooseDeployment: (original, txn: Txn, invocation: Invocation) =>
      original.chooseDeployment?.(txn, invocation, "latest"),
  },
  seedsMax: 600,
  among: isMoved,
  kinds: ["moved"],
});

sees("a change of state that overwrites what its author has not seen", {
  mutation: {
    replaceState: (original, txn: Txn, instance: string, object: ObjectRow, mutation: object) =>
      original.replaceState?.(txn, instance, object, { ...mutation, version: undefined }),
  },
  seedsMax: 40,
  kinds: ["stale-state", "not-done", "lost-update"],
});

sees("a slot that is kept by whoever suspends", {
  mutation: {
    releaseSlots: (original, txn: Txn, invocation: Invocation) => {
      if (invocation.status !== "suspended") original.releaseSlots?.(txn, invocation);
    },
  },
  seedsMax: 40,
  among: hasLimits,
  kinds: ["slot"],
});

sees("a slot that is lost when an invocation ends", {
  mutation: {
    releaseSlots: (original, txn: Txn, invocation: Invocation) => {
      if (invocation.status === "completed") invocation.slots = [];
      original.releaseSlots?.(txn, invocation);
    },
  },
  seedsMax: 40,
  among: hasLimits,
  kinds: ["slot"],
});

sees("a slot that comes too late, and is lost", {
  mutation: {
    applyGrant: (original, txn: Txn, message: { readonly to: string; readonly start: number }) => {
      const current = txn.invocation(message.to);
      if (current?.status === "invoked" && current.starts === message.start) {
        original.applyGrant?.(txn, message);
      }
    },
  },
  seedsMax: 150,
  among: hasLimits,
  kinds: ["slot"],
});

sees("an invocation that is resumed without a slot", {
  mutation: {
    startLater: (_original, txn: Txn, invocation: Invocation) => {
      txn.actions.push({ kind: "start", invocation });
    },
  },
  seedsMax: 60,
  among: hasLimits,
  kinds: ["over-limit"],
});

sees("a rule that is changed by who has read an older one", {
  mutation: {
    putRules: (original, book: object, changes: readonly object[], now: number) => {
      const forced = changes.map((change) => ({ ...change, precondition: { kind: "none" } }));
      return original.putRules?.(book, forced, now);
    },
  },
  seedsMax: 80,
  among: hasLimits,
  kinds: ["lost-update"],
});

/** Lets the second of those who wait have the first place. */
function swapFirstTwo(txn: Txn, instance: string, { head, tail }: ObjectRow): void {
  if (tail - head < 2) return;
  const places = [head, head + 1].map((sequence) => placeOf(instance, sequence));
  const [first, second] = places.map((place) => txn.row(inboxRows, place));
  if (first === undefined || second === undefined) return;
  txn.put(inboxRows, places[0] ?? "", second);
  txn.put(inboxRows, places[1] ?? "", first);
}

const { inboxRows, inboxKey: placeOf } = (await vi.importActual(
  "../../packages/engine/src/rows/inbox-row.ts",
)) as { readonly inboxRows: object; readonly inboxKey: (instance: string, at: number) => string };
