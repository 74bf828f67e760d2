/** A restarted invocation that is told something before it has got its journal. */
import { Combinator } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { PayloadKind } from "../rows/keys.ts";
import { operated, restart, signal } from "../testing/commands.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  END,
  finish,
  future,
  invoke,
  keyOf,
  output,
  patterned,
  propose,
  run,
  send,
  sleep,
  value,
} from "../testing/records.ts";
import { runTasks } from "../testing/tasks.ts";

describe("an invocation that is being given its journal", () => {
  it("knows the completions that were copied, also when a signal came first", () => {
    const partition = new TestPartition();
    const old = keyOf(1);
    partition.apply(invoke(old));
    send(partition, old, [run(1), propose(1, value("done")), run(2), ...finish()]);
    const result = operated(partition, old, restart(2));
    if (result.kind !== "restarted") throw new Error("it was not restarted");
    const { key } = result;
    partition.apply(signal(key, "hello"));
    runTasks(partition);
    expect(partition.journal(key).map(({ message }) => message.kind)).toContain("runCompletion");
    // Awaits the run whose result was copied, and a timer, both.
    send(partition, key, [
      sleep(3, partition.timeMs + 10),
      { kind: "suspension", awaitingOn: future(Combinator.allCompleted, [1, 3]) },
    ]);
    partition.timeMs += 10;
    const [timer] = partition.timers();
    if (timer === undefined) throw new Error("there is no timer");
    partition.apply({ kind: "timer", timer });
    expect(partition.get(key).status).toBe("invoked");
  });

  it("knows them without a signal", () => {
    const partition = new TestPartition();
    const old = keyOf(1);
    partition.apply(invoke(old));
    send(partition, old, [run(1), propose(1, value("done")), run(2), ...finish()]);
    const result = operated(partition, old, restart(2));
    if (result.kind !== "restarted") throw new Error("it was not restarted");
    const { key } = result;
    runTasks(partition);
    send(partition, key, [
      sleep(3, partition.timeMs + 10),
      { kind: "suspension", awaitingOn: future(Combinator.allCompleted, [1, 3]) },
    ]);
    partition.timeMs += 10;
    const [timer] = partition.timers();
    if (timer === undefined) throw new Error("there is no timer");
    partition.apply({ kind: "timer", timer });
    expect(partition.get(key).status).toBe("invoked");
  });

  it("has the last Output of its prefix, of which nothing of an earlier one is left", () => {
    const partition = new TestPartition();
    const old = keyOf(1);
    const last = patterned(5000);
    partition.apply(invoke(old));
    send(partition, old, [output(value(patterned(2_500_000)))]);
    send(partition, old, [output(value(last))]);
    send(partition, old, [END]);
    const result = operated(partition, old, restart(2));
    if (result.kind !== "restarted") throw new Error("it was not restarted");
    runTasks(partition);
    send(partition, result.key, [END]);
    expect(partition.get(result.key).status).toBe("completed");
    const kept = partition.payload(result.key, PayloadKind.output);
    expect(kept.length).toBe(last.length);
    expect(kept).toEqual(last);
  });
});
