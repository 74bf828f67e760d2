/** Every edge of the table of states is taken by some operation, and nothing takes any other. */
import { beforeEach, expect, it, vi } from "vitest";
import { objectTarget, operate, resume, signal } from "../testing/commands.ts";
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

const OBJECT = objectTarget("o");
const HOLDER = keyOf(99);

/** Somebody has the object. */
function hold(): void {
  partition.apply(invoke(HOLDER, { target: OBJECT }));
}

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
  "one waits for its object, and gets it": (key) => {
    hold();
    watch(() => partition.apply(invoke(key, { target: OBJECT })));
    watch(() => send(partition, HOLDER, finish()));
  },
  "a delayed one finds its object locked when its time has come, and is cancelled": (key) => {
    hold();
    const scheduledFor = partition.timeMs + 1;
    watch(() => partition.apply(invoke(key, { target: OBJECT, scheduledFor })));
    watch(() => fireNext(partition));
    // One with journal rows is not forgotten at once: it completes.
    watch(() => partition.apply(signal(key, 17)));
    watch(() => partition.apply(operate(key, "cancel")));
  },
  "a delayed one is killed before its time": (key) => {
    const scheduledFor = partition.timeMs + 1;
    watch(() => partition.apply(invoke(key, { scheduledFor })));
    watch(() => partition.apply(signal(key, 17)));
    watch(() => partition.apply(operate(key, "kill")));
  },
  "a suspended one is paused, resumed, paused again and killed": (key) => {
    const await1 = [sleep(1, partition.timeMs + 5), suspension(anyOf(1))];
    watch(() => partition.apply(invoke(key)));
    watch(() => send(partition, key, await1));
    watch(() => partition.apply(operate(key, "pause")));
    watch(() => partition.apply(operate(key, resume())));
    watch(() => send(partition, key, [suspension(anyOf(1))]));
    watch(() => partition.apply(operate(key, "pause")));
    watch(() => partition.apply(operate(key, "kill")));
  },
  "a suspended one is killed": (key) => {
    watch(() => partition.apply(invoke(key)));
    watch(() => send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]));
    watch(() => partition.apply(operate(key, "kill")));
  },
};

it("takes every edge, and no other", () => {
  for (const operation of Object.values(OPERATIONS)) {
    partition = new TestPartition();
    operation(keyOf(++next));
  }
  for (const edge of taken) expect(EDGES).toContain(edge);
  expect(EDGES.filter((edge) => !taken.has(edge))).toEqual([]);
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
