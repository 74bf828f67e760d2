import { beforeEach, expect, it } from "vitest";
import { TestPartition } from "../testing/partition.ts";
import { actionKinds, fire, fireNext, invoke, keyOf, send, sleep } from "../testing/records.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key));
});

it("stores the command and a timer of its own, and completes with nothing when it is due", () => {
  const due = partition.timeMs + 1000;
  const applied = send(partition, key, [sleep(1, due)]);
  expect(partition.timers()).toEqual([{ timeMs: due, invocation: key, id: 1, bornIn: 1 }]);
  expect(applied.actions).toEqual([
    { kind: "setTimer", timer: { timeMs: due, invocation: key, id: 1, bornIn: 1 } },
  ]);
  const fired = fireNext(partition);
  expect(partition.journal(key).map((entry) => entry.message)).toEqual([
    sleep(1, due),
    { kind: "sleepCompletion", completionId: 1, result: { kind: "void" } },
  ]);
  expect(partition.timers()).toEqual([]);
  expect(actionKinds(fired)).toEqual(["notify"]);
});

it("keeps the timers of one invocation apart, also at the same time", () => {
  const due = partition.timeMs + 1000;
  send(partition, key, [sleep(1, due), sleep(2, due), sleep(3, due - 1)]);
  expect(partition.timers().map((timer) => timer.id)).toEqual([3, 1, 2]);
  for (let i = 0; i < 3; i++) fireNext(partition);
  const completed = partition
    .journal(key)
    .flatMap(({ message }) => (message.kind === "sleepCompletion" ? [message.completionId] : []));
  expect(completed).toEqual([3, 1, 2]);
});

it("takes a time that has passed", () => {
  send(partition, key, [sleep(1, 5)]);
  expect(partition.timers()).toMatchObject([{ timeMs: 5 }]);
});

it("completes once, though its timer should fire twice", () => {
  send(partition, key, [sleep(1, partition.timeMs + 1)]);
  const [timer] = partition.timers();
  if (timer === undefined) throw new Error("there is no timer");
  fire(partition, timer);
  fire(partition, timer);
  const completions = partition
    .journal(key)
    .filter(({ message }) => message.kind === "sleepCompletion");
  expect(completions).toHaveLength(1);
});
