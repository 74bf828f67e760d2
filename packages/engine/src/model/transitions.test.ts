/** Every edge of the table of states is taken by some operation, and nothing takes any other. */
import { beforeEach, expect, it, vi } from "vitest";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  errorMessage,
  finish,
  fireNext,
  invoke,
  keyOf,
  send,
  sleep,
  suspension,
} from "../testing/records.ts";
import { type InvocationStatus, TRANSITIONS } from "./invocation.ts";

const taken = vi.hoisted(() => new Set<string>());

vi.mock("./invocation.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("./invocation.ts")>();
  return {
    ...original,
    transition: (invocation: Parameters<typeof original.transition>[0], to: InvocationStatus) => {
      taken.add(`${invocation.status} -> ${to}`);
      original.transition(invocation, to);
    },
  };
});

/** Edges of operations that do not exist yet. Whoever adds one takes its edges off this list. */
const NOT_YET: Readonly<Record<string, string>> = {
  "none -> inboxed": "an exclusive handler whose object is locked",
  "scheduled -> inboxed": "the same when its time has come",
  "inboxed -> invoked": "the lock is released",
  "scheduled -> completed": "cancel and kill before the start",
  "inboxed -> completed": "cancel and kill in the inbox",
  "suspended -> paused": "pause by an operator",
  "suspended -> completed": "kill",
  "paused -> invoked": "resume by an operator, cancel",
  "paused -> completed": "kill",
};

const EDGES = Object.entries(TRANSITIONS).flatMap(([from, tos]) =>
  tos.map((to) => `${from} -> ${to}`),
);

let partition: TestPartition;
let next = 0;

beforeEach(() => {
  partition = new TestPartition();
});

/** A birth, and a retry, do not call `transition`: they are seen in the rows. */
function watch(work: () => void): void {
  const statusOf = () =>
    new Map(partition.invocations().map(({ key, status, starts }) => [key, { status, starts }]));
  const before = statusOf();
  work();
  for (const [key, { status, starts }] of statusOf()) {
    const earlier = before.get(key);
    if (earlier === undefined) taken.add(`none -> ${status}`);
    else if (earlier.status === "invoked" && status === "invoked" && starts > earlier.starts) {
      taken.add("invoked -> invoked");
    }
  }
}

const OPERATIONS: Readonly<Record<string, (key: string) => void>> = {
  "an invocation is born and fails, and its retry completes": (key) => {
    watch(() => partition.apply(invoke(key)));
    watch(() => partition.apply(attemptFailed(partition, key)));
    watch(() => fireNext(partition));
    watch(() => send(partition, key, finish()));
  },
  "a delayed one starts, suspends and resumes": (key) => {
    watch(() => partition.apply(invoke(key, { scheduledFor: partition.timeMs + 1 })));
    watch(() => fireNext(partition));
    watch(() => send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]));
    watch(() => fireNext(partition));
  },
  "one is paused by its endpoint": (key) => {
    watch(() => partition.apply(invoke(key)));
    watch(() => send(partition, key, [errorMessage({ behavior: 1 })]));
  },
};

it("takes every edge but those of operations that do not exist yet, and no other", () => {
  for (const operation of Object.values(OPERATIONS)) {
    partition = new TestPartition();
    operation(keyOf(++next));
  }
  for (const edge of taken) expect(EDGES).toContain(edge);
  const open = EDGES.filter((edge) => !taken.has(edge));
  expect(open.toSorted()).toEqual(Object.keys(NOT_YET).toSorted());
});

it("does not leave the completed state", () => {
  expect(TRANSITIONS.completed).toEqual([]);
});

it("refuses any other edge: that would be a bug", async () => {
  const { transition } = await vi.importActual<typeof import("./invocation.ts")>("./invocation.ts");
  const statuses = Object.keys(TRANSITIONS).filter(
    (status) => status !== "none",
  ) as InvocationStatus[];
  for (const from of statuses) {
    for (const to of statuses) {
      const invocation = { status: from } as Parameters<typeof transition>[0];
      if (TRANSITIONS[from].includes(to)) {
        transition(invocation, to);
        expect(invocation.status).toBe(to);
      } else {
        expect(() => transition(invocation, to)).toThrow(`cannot go from ${from} to ${to}`);
      }
    }
  }
});
