/**
 * How many rounds a record takes: each read that nobody asked for before costs one, a commit and a
 * fetch. What is read for many things alike is asked for at once.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import type { Target } from "./model/invocation.ts";
import type { ExpiryItem } from "./records.ts";
import { objectTarget, operate, workflowTarget } from "./testing/commands.ts";
import { TestPartition } from "./testing/partition.ts";
import { call, finish, invoke, keyOf, SVC, send } from "./testing/records.ts";
import { createRegistry } from "./testing/registry.ts";
import { tasksOf } from "./testing/tasks.ts";

const ROUNDS_MAX = 16;
const MANY = 24;

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** The page of the only kill task that names all children at once. */
function killAll(partition: TestPartition, children: readonly InvocationKey[]) {
  const [task] = tasksOf(partition);
  if (task === undefined) throw new Error("there is no task");
  const step = { kind: "kill", from: 1, children, next: undefined } as const;
  return partition.apply({ kind: "taskPage", task: "step", name: task.name, step });
}

function childrenOf(partition: TestPartition, parent: InvocationKey): InvocationKey[] {
  const all = partition.invocations().filter(({ caller }) => {
    return caller.kind === "invocation" && caller.key === parent;
  });
  return all.sort((a, b) => a.inboxSequence - b.inboxSequence).map((one) => one.key);
}

function limited(concurrency: () => number, limiters: (target: Target) => readonly string[]) {
  return createRegistry({ limitsOf: limiters, concurrencyOf: concurrency });
}

describe("the rounds of a record stay few", () => {
  it("when a page of workflows expires whose objects are not in memory", () => {
    const partition = new TestPartition();
    const page: ExpiryItem[] = [];
    for (const n of numbers(MANY)) {
      partition.apply(invoke(keyOf(n), { target: workflowTarget(`w${n}`) }));
      send(partition, keyOf(n), finish());
      const { bornIn } = partition.get(keyOf(n));
      page.push({
        key: keyOf(n),
        bornIn,
        what: "invocation",
        rows: [],
        more: false,
        isHeld: false,
      });
    }
    partition.forget();
    const list = { second: 1, batch: 1 };
    const { rounds } = partition.apply({ kind: "taskPage", task: "expiry", page, list, rest: [] });
    expect(rounds).toBeLessThanOrEqual(ROUNDS_MAX);
  });

  it("when children are killed that all wait for one object", () => {
    const partition = new TestPartition();
    const parent = keyOf(1);
    partition.apply(invoke(parent));
    const calls = numbers(MANY).map((n) =>
      call(2 * n, { service: "Obj", handler: "add", key: "k" }),
    );
    send(partition, parent, calls);
    const children = childrenOf(partition, parent);
    expect(children).toHaveLength(MANY);
    partition.apply(operate(parent, "kill"));
    expect(killAll(partition, children).rounds).toBeLessThanOrEqual(ROUNDS_MAX);
  });

  it("when a concurrency limit is raised for many that wait", () => {
    let concurrency = 1;
    const registry = limited(
      () => concurrency,
      () => ["service:Svc"],
    );
    const partition = new TestPartition({ registry });
    for (const n of numbers(MANY + 1)) partition.apply(invoke(keyOf(n)));
    concurrency = 100;
    const { rounds } = partition.apply({ kind: "limits", limiters: ["service:Svc"] });
    expect(partition.invocations().filter((one) => one.slots.length === 1)).toHaveLength(MANY + 1);
    expect(rounds).toBeLessThanOrEqual(ROUNDS_MAX);
  });

  it("when running children are killed for whose slots others wait", () => {
    const registry = limited(
      () => MANY + 1,
      () => ["service:Svc"],
    );
    const partition = new TestPartition({ registry });
    const parent = keyOf(1);
    partition.apply(invoke(parent));
    send(
      partition,
      parent,
      numbers(MANY).map((n) => call(2 * n)),
    );
    const children = childrenOf(partition, parent);
    for (const n of numbers(MANY)) partition.apply(invoke(keyOf(1000 + n)));
    partition.apply(operate(parent, "kill"));
    expect(killAll(partition, children).rounds).toBeLessThanOrEqual(ROUNDS_MAX);
  });

  it("when many are called that count towards different limits", () => {
    const registry = limited(
      () => 1,
      ({ scope }) => (scope === "" ? [] : [`scope:${scope}`]),
    );
    const partition = new TestPartition({ registry });
    partition.apply(invoke(keyOf(1), { target: SVC }));
    const calls = numbers(MANY).map((n) => call(2 * n, { scope: `s${n}` }));
    expect(send(partition, keyOf(1), calls).rounds).toBeLessThanOrEqual(ROUNDS_MAX);
  });

  it("when children of many objects are killed, each with a queue behind it", () => {
    const partition = new TestPartition();
    const parent = keyOf(1);
    partition.apply(invoke(parent));
    const calls = numbers(MANY).map((n) =>
      call(2 * n, { service: "Obj", handler: "add", key: `k${n}` }),
    );
    send(partition, parent, calls);
    const children = childrenOf(partition, parent);
    for (const n of numbers(MANY)) {
      partition.apply(invoke(keyOf(1000 + n), { target: objectTarget(`k${n}`) }));
    }
    partition.apply(operate(parent, "kill"));
    partition.forget();
    expect(killAll(partition, children).rounds).toBeLessThanOrEqual(ROUNDS_MAX);
  });
});
