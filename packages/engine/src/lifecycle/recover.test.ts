/** What goes on when a partition is opened. */
import { type InvocationKey, parseInvocationId } from "@rejoin/protocol";
import { expect, it } from "vitest";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  attemptFailed,
  call,
  errorMessage,
  finish,
  invoke,
  keyOf,
  send,
  sleep,
  started,
  suspension,
} from "../testing/records.ts";
import { createRegistry } from "../testing/registry.ts";

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

it("says again whose caller has the slot that it waits for", () => {
  const registry = createRegistry({ limitsOf: () => ["service:Svc"], concurrencyOf: () => 1 });
  const partition = new TestPartition({ registry });
  const [caller, other] = [keyOf(1), keyOf(2)];
  partition.apply(invoke(caller));
  partition.apply(invoke(other));
  send(partition, caller, [call(2)]);
  const [callee] = partition
    .journal(caller)
    .flatMap(({ message }) =>
      message.kind === "callInvocationIdCompletion" && message.result.kind === "invocationId"
        ? [parseInvocationId(message.result.invocationId)]
        : [],
    ) as [InvocationKey];
  partition.forget();
  const applied = partition.apply({ kind: "recover", keys: [caller, other, callee] });
  expect(started(applied)).toEqual([caller]);
  const asked = applied.actions.filter(({ kind }) => kind === "yieldSlot");
  expect(asked).toEqual([{ kind: "yieldSlot", key: caller, limiter: "service:Svc" }]);
  expect(applied.commit.writes).toEqual([]);
});

it("keeps the number of the start: what the crashed attempt had sent to the partition still counts", () => {
  const partition = new TestPartition();
  const key = keyOf(1);
  partition.apply(invoke(key));
  partition.apply({ kind: "recover", keys: [key] });
  expect(partition.get(key).starts).toBe(1);
});
