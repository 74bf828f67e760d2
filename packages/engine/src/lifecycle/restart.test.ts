/** Restart: a new invocation repeats a completed one (server.md §5.9). */
import { type InvocationKey, partitionKeyOf } from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { DeploymentChoice } from "../records.ts";
import {
  objectTarget,
  operate,
  operated,
  restart,
  resultOf,
  workflowTarget,
} from "../testing/commands.ts";
import { newerDeployments } from "../testing/newer-deployments.ts";
import { holderOf, objectId } from "../testing/objects.ts";
import { TestPartition } from "../testing/partition.ts";
import {
  anyOf,
  bytes,
  call,
  failure,
  finish,
  invoke,
  keyOf,
  patterned,
  propose,
  run,
  send,
  sleep,
  started,
  suspension,
  value,
} from "../testing/records.ts";
import { DEPLOYMENT } from "../testing/registry.ts";
import { runTasks, stepOf, tasksOf } from "../testing/tasks.ts";

const key = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition({ registry: newerDeployments() });
});

/** Restarts, and gives the new invocation's id. */
function again(from = 0, deployment: DeploymentChoice = "latest"): InvocationKey {
  const result = operated(partition, key, restart(from, deployment));
  if (result.kind !== "restarted") throw new Error(JSON.stringify(result));
  return result.key;
}

describe("a restart from the input", () => {
  const headers = [{ key: "h", value: "v" }];

  it("is a new invocation with the old one's target, input, headers and retention", () => {
    partition.apply(
      invoke(key, { headers, input: bytes("x"), idempotencyKey: "k", limitKey: "l" }),
    );
    send(partition, key, finish(failure(400, "no")));
    const applied = partition.apply(operate(key, restart()));
    const result = resultOf(applied);
    if (result.kind !== "restarted") throw new Error("it was not restarted");
    expect(result.key).not.toBe(key);
    expect(partitionKeyOf(result.key)).toEqual(partitionKeyOf(key));
    expect(started(applied)).toEqual([result.key]);
    expect(applied.effects.born).toEqual([result.key]);
    const old = partition.get(key);
    expect(partition.get(result.key)).toMatchObject({
      status: "invoked",
      target: old.target,
      input: { kind: "inline", bytes: bytes("x") },
      headers,
      idempotencyKey: undefined,
      limitKey: "l",
      caller: { kind: "ingress" },
      root: result.key,
      restartedFrom: key,
      seedOf: undefined,
      pin: undefined,
      journalLength: 1,
      completionRetentionMs: old.completionRetentionMs,
      journalRetentionMs: old.journalRetentionMs,
    });
    expect(old.status).toBe("completed");
  });

  it("has a large input in rows of its own", () => {
    partition.apply(invoke(key, { input: patterned(100_000) }));
    send(partition, key, finish());
    const fresh = again();
    expect(partition.payload(fresh, 0)).toEqual(patterned(100_000));
    partition.apply(operate(key, "purge"));
    runTasks(partition);
    expect(partition.payload(fresh, 0)).toEqual(patterned(100_000));
  });

  it("waits for its object like any other", () => {
    const target = objectTarget("o");
    partition.apply(invoke(key, { target }));
    send(partition, key, finish());
    partition.apply(invoke(keyOf(2), { target }));
    const fresh = again();
    expect(partition.get(fresh).status).toBe("inboxed");
    expect(started(send(partition, keyOf(2), finish()))).toEqual([fresh]);
    expect(holderOf(partition, objectId("o"))).toBe(fresh);
  });

  it("goes to the newest deployment, keeps its own, or goes to the one that is named", () => {
    partition.apply(invoke(key));
    send(partition, key, [run(1), ...finish()]);
    const pinOf = (choice: DeploymentChoice) => partition.get(again(0, choice)).pin;
    expect(pinOf("latest")).toBeUndefined();
    expect(pinOf("keep")).toEqual({ deploymentId: DEPLOYMENT, protocolVersion: 7 });
    expect(pinOf({ id: "new" })).toEqual({ deploymentId: "new", protocolVersion: 7 });
  });

  it("each time is another invocation", () => {
    partition.apply(invoke(key));
    send(partition, key, finish());
    expect(again()).not.toBe(again());
  });
});

describe("a restart is refused", () => {
  const refusal = (from = 0, deployment: DeploymentChoice = "latest") =>
    operated(partition, key, restart(from, deployment));

  it("for what has not started, has not completed, or never was", () => {
    partition.apply(invoke(key, { scheduledFor: partition.timeMs + 5 }));
    expect(refusal()).toMatchObject({ reason: "notStarted" });
    partition = new TestPartition();
    partition.apply(invoke(key));
    expect(refusal()).toMatchObject({ reason: "running", message: "it is invoked" });
    send(partition, key, [sleep(1, partition.timeMs + 5), suspension(anyOf(1))]);
    expect(refusal()).toMatchObject({ reason: "running", message: "it is suspended" });
    expect(operated(partition, keyOf(99), restart())).toMatchObject({ reason: "notFound" });
  });

  it("for a workflow's run, which is once for each key", () => {
    partition.apply(invoke(key, { target: workflowTarget("w") }));
    send(partition, key, finish());
    expect(refusal()).toMatchObject({ reason: "unsupported" });
  });

  it("when the journal has been deleted", () => {
    partition.apply(invoke(key));
    send(partition, key, finish());
    partition.apply(operate(key, "purgeJournal"));
    runTasks(partition);
    expect(refusal()).toMatchObject({ reason: "gone" });
  });

  it("beyond the end of the journal", () => {
    partition.apply(invoke(key));
    send(partition, key, [run(1), ...finish()]);
    expect(refusal(3)).toMatchObject({
      reason: "badEntry",
      message: "its journal has 3 entries, 0 to 2",
    });
  });

  it("in the middle of a journal of protocol version 5, whose random numbers cannot be had again", () => {
    partition.apply(invoke(key));
    send(partition, key, [run(1), ...finish()], { version: 5 });
    expect(refusal(1)).toMatchObject({ reason: "unsupported" });
    expect(refusal(0)).toMatchObject({ kind: "restarted" });
  });

  it("where the deployment cannot go on with it; nothing is born then", () => {
    partition.apply(invoke(key));
    send(partition, key, [run(1), ...finish()]);
    for (const id of ["nope", "other", "old-protocol"]) {
      expect(refusal(1, { id })).toMatchObject({ reason: "badDeployment" });
    }
    expect(partition.invocations()).toHaveLength(1);
  });
});

describe("a restart from a place in the journal", () => {
  /** Two runs, the second completed behind a third; and the end. */
  function completed(): void {
    partition.apply(invoke(key));
    send(partition, key, [run(1), run(2), propose(1, value("one"))]);
    send(partition, key, [run(3), propose(2, value("two")), propose(3, value("three"))]);
    send(partition, key, finish());
  }

  const kinds = (of: InvocationKey) => partition.journal(of).map(({ message }) => message.kind);

  it("stays scheduled until it has its journal, then starts with it", () => {
    completed();
    const fresh = again(3);
    expect(partition.get(fresh)).toMatchObject({
      status: "scheduled",
      scheduledFor: 0,
      seedOf: key,
      restartedFrom: key,
      pin: { deploymentId: "new", protocolVersion: 7 },
    });
    const steps = runTasks(partition);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.flatMap(started)).toEqual([fresh]);
    expect(kinds(fresh)).toEqual(["run", "run", "runCompletion", "runCompletion"]);
    expect(partition.journal(fresh).map(({ message }) => message)).toEqual(
      [0, 1, 2, 4].map((i) => partition.journal(key)[i]?.message),
    );
    expect(partition.get(fresh)).toMatchObject({
      status: "invoked",
      journalLength: 5,
      commandCount: 3,
      notificationCount: 2,
      starts: 1,
    });
  });

  it("gets every entry once, also where steps are done twice", () => {
    completed();
    const fresh = again(6);
    expect(runTasks(partition, 2).flatMap(started)).toEqual([fresh]);
    expect(kinds(fresh)).toEqual(kinds(key).slice(0, 6));
  });

  it("draws the random numbers of the first of them all", () => {
    completed();
    const fresh = again(3);
    runTasks(partition);
    send(partition, fresh, [run(9), ...finish()]);
    const result = operated(partition, fresh, restart(2));
    if (result.kind !== "restarted") throw new Error("it was not restarted");
    expect(partition.get(result.key)).toMatchObject({ seedOf: key, restartedFrom: fresh });
  });

  it("can begin with an Output, and end with it", () => {
    completed();
    const length = partition.get(key).journalLength;
    const fresh = again(length - 1);
    runTasks(partition);
    expect(kinds(fresh).at(-1)).toBe("output");
    send(partition, fresh, [{ kind: "end" }]);
    expect(partition.get(fresh)).toMatchObject({
      status: "completed",
      output: { kind: "success", value: { kind: "inline", bytes: bytes("out") } },
    });
  });

  it("counts the children that its journal names", () => {
    partition.apply(invoke(key));
    send(partition, key, [call(2), run(3)]);
    const [child] = partition.invocations().filter((one) => one.key !== key);
    send(partition, child?.key ?? "", finish());
    send(partition, key, finish());
    const fresh = again(3);
    runTasks(partition);
    expect(partition.get(fresh)).toMatchObject({ childrenStarted: 1, childrenSucceeded: 1 });
  });

  it("copies large entries into rows of their own", () => {
    partition.apply(invoke(key));
    send(partition, key, [run(1), propose(1, value(patterned(100_000)))]);
    send(partition, key, finish());
    const fresh = again(2);
    runTasks(partition);
    partition.apply(operate(key, "purge"));
    runTasks(partition);
    const [, entry] = partition.journal(fresh);
    expect(entry).toMatchObject({ stored: true, message: { result: value(patterned(100_000)) } });
  });

  it("fails if its source is deleted before it has been copied", () => {
    completed();
    const fresh = again(3);
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    partition.apply(stepOf(partition, task));
    partition.apply(operate(key, "purge"));
    runTasks(partition);
    expect(partition.get(fresh)).toMatchObject({
      status: "completed",
      output: { kind: "failure" },
    });
    expect(partition.get(fresh).output).toMatchObject({ failure: { code: 410 } });
  });

  it("that is killed or cancelled before it starts ends its task", () => {
    for (const how of ["kill", "cancel"] as const) {
      partition = new TestPartition({ registry: newerDeployments() });
      completed();
      const fresh = again(3);
      expect(operated(partition, fresh, how)).toEqual({ kind: "done" });
      runTasks(partition);
      expect(tasksOf(partition)).toEqual([]);
      expect(partition.invocation(fresh)).toBeUndefined();
    }
  });

  it("that is killed in the middle of it is left to retention", () => {
    completed();
    const fresh = again(3);
    const [task] = tasksOf(partition);
    if (task === undefined) throw new Error("there is no task");
    partition.apply(stepOf(partition, task));
    partition.apply(operate(fresh, "kill"));
    runTasks(partition);
    expect(partition.get(fresh)).toMatchObject({ status: "completed" });
    expect(partition.invocations().filter((one) => one.status === "invoked")).toEqual([]);
  });
});
