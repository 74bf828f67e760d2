/** Concurrency limits: what must hold while the limits themselves change, and over a cancel. */
import { CANCEL_SIGNAL_INDEX, Combinator } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { operate, operated, signal } from "../testing/commands.ts";
import { type Applied, TestPartition } from "../testing/partition.ts";
import { finish, invoke, keyOf, SVC, send } from "../testing/records.ts";
import { createRegistry } from "../testing/registry.ts";

const SCOPED = { ...SVC, scope: "s" };

function startedBy(applied: Applied) {
  return applied.actions.flatMap((action) =>
    action.kind === "start" ? [action.invocation.key] : [],
  );
}

/** Submits what the partition asked to be told again. */
function requestSlots(partition: TestPartition, applied: Applied): Applied | undefined {
  let last: Applied | undefined;
  for (const action of applied.actions) {
    if (action.kind === "requestSlots") last = partition.apply(action);
  }
  return last;
}

describe("a concurrency limit that is added", () => {
  it("does not let two invocations wait for each other", () => {
    let limiters = ["handler:Svc/work"];
    const registry = createRegistry({ limitsOf: () => limiters, concurrencyOf: () => 1 });
    const partition = new TestPartition({ registry });
    const [running, waiting, late] = [keyOf(1), keyOf(2), keyOf(3)];
    partition.apply(invoke(running, { target: SCOPED }));
    partition.apply(invoke(waiting, { target: SCOPED }));
    limiters = ["scope:s", "handler:Svc/work"];
    partition.apply(invoke(late, { target: SCOPED }));
    const completed = send(partition, running, finish());
    const [next] = startedBy(completed);
    // Nothing runs any more: if nobody starts now, nobody ever will.
    expect(next).toBeDefined();
  });
});

describe("cancel of an invocation that waits for a slot", () => {
  it("tells its code, if that has run before and awaits", () => {
    const registry = createRegistry({ limitsOf: () => ["service:Svc"], concurrencyOf: () => 1 });
    const partition = new TestPartition({ registry });
    const [one, other] = [keyOf(1), keyOf(2)];
    partition.apply(invoke(one));
    // It has given away an awakeable, for which no command is stored, and awaits it.
    const awaitingOn = {
      combinator: Combinator.firstCompleted,
      completions: [],
      signals: [CANCEL_SIGNAL_INDEX, 17],
      namedSignals: [],
      nested: [],
    };
    send(partition, one, [{ kind: "suspension", awaitingOn }]);
    partition.apply(invoke(other));
    requestSlots(partition, partition.apply(signal(one, 17)));
    expect(partition.get(one)).toMatchObject({ status: "invoked", starts: 2 });
    expect(partition.get(one).waitingFor?.sequence).toBeGreaterThan(0);
    operated(partition, one, "cancel");
    // Cancelled by its own code or not at all: it may have to undo what it has done.
    expect(partition.get(one).status).toBe("invoked");
    expect(partition.journal(one).map(({ message }) => message.kind)).toEqual(["signal", "signal"]);
    partition.apply(operate(other, "kill"));
  });
});
