/** What goes on when a partition is opened. */
import { expect, it } from "vitest";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  errorMessage,
  finish,
  invoke,
  keyOf,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";

it("starts again what is invoked and does not back off; the rest is left alone, nothing is written", () => {
  const partition = new TestPartition();
  const [running, backingOff, suspended, paused, scheduled, completed] = [1, 2, 3, 4, 5, 6].map(
    (n) => keyOf(n),
  ) as [string, string, string, string, string, string];
  for (const key of [running, backingOff, suspended, paused, completed])
    partition.apply(invoke(key));
  partition.apply(invoke(scheduled, { scheduledFor: 9e12 }));
  partition.apply(attemptFailed(partition, backingOff));
  send(partition, suspended, [sleep(1, 9e12), suspension(anyOf(1))]);
  send(partition, paused, [errorMessage({ behavior: 1 })]);
  send(partition, completed, finish());
  partition.forget();
  const keys = [paused, running, suspended, scheduled, completed, backingOff, keyOf(99)];
  const applied = partition.apply({ kind: "recover", keys });
  expect(started(applied)).toEqual([running]);
  expect(applied.commit.writes).toEqual([]);
  expect(applied.rounds).toBe(0);
  const [start] = applied.actions;
  expect(start?.kind === "start" && start.invocation).toEqual(partition.get(running));
});

it("keeps the number of the start: what the crashed attempt had sent to the partition still counts", () => {
  const partition = new TestPartition();
  const key = keyOf(1);
  partition.apply(invoke(key));
  partition.apply({ kind: "recover", keys: [key] });
  expect(partition.get(key).starts).toBe(1);
});
