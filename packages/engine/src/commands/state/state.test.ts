/** What the commands on state do (server.md §1.6.4, §5.2). */
import { beforeEach, describe, expect, it } from "vitest";
import { objectOf } from "../../testing/checks.ts";
import {
  CLEAR_ALL_STATE,
  clearState,
  getLazyState,
  getLazyStateKeys,
  objectTarget,
  setState,
  sharedTarget,
  workflowTarget,
} from "../../testing/commands.ts";
import { objectId, stateOf, stateRowCount, workflowId } from "../../testing/objects.ts";
import { TestPartition } from "../../testing/partition.ts";
import {
  anyOf,
  bytes,
  finish,
  invoke,
  keyOf,
  patterned,
  run,
  send,
  suspension,
  text,
} from "../../testing/records.ts";
import { runTasks, tasksOf } from "../../testing/tasks.ts";

const key = keyOf(1);
const OBJECT = objectId("o");
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
  partition.apply(invoke(key, { target: objectTarget("o") }));
});

function kinds(): string[] {
  return partition.journal(key).map(({ message }) => message.kind);
}

/** The result of a completion, as text. */
function read(completionId: number): unknown {
  for (const { message } of partition.journal(key)) {
    if (!("completionId" in message && "result" in message)) continue;
    if (message.completionId !== completionId) continue;
    const { result } = message;
    if (result.kind === "value") return text(result.value);
    return result.kind === "stateKeys" ? result.keys.map(text) : result;
  }
  return undefined;
}

describe("a write", () => {
  it("is stored with its command, and only with it", () => {
    const applied = send(partition, key, [setState("a", "1")]);
    expect(kinds()).toEqual(["setState"]);
    expect(stateOf(partition, OBJECT)).toEqual({ a: "1" });
    const tags = applied.commit.writes.map((write) => String.fromCharCode(write.key[0] ?? 0));
    expect(tags.toSorted()).toEqual(["i", "j", "s"]);
  });

  it("replaces, clears and clears all", () => {
    send(partition, key, [setState("a", "1"), setState("b", "2"), setState("a", "3")]);
    expect(stateOf(partition, OBJECT)).toEqual({ a: "3", b: "2" });
    send(partition, key, [clearState("a"), clearState("never")]);
    expect(stateOf(partition, OBJECT)).toEqual({ b: "2" });
    send(partition, key, [CLEAR_ALL_STATE]);
    expect(stateOf(partition, OBJECT)).toEqual({});
  });

  it("of an empty value is not a clear", () => {
    send(partition, key, [setState("a", "")]);
    expect(stateOf(partition, OBJECT)).toEqual({ a: "" });
    send(partition, key, [getLazyState(1, "a"), getLazyState(2, "b")]);
    expect([read(1), read(2)]).toEqual(["", { kind: "void" }]);
  });

  it("of a large value comes back whole", () => {
    const large = patterned(300_000);
    send(partition, key, [setState("a", large)]);
    send(partition, key, [getLazyState(1, "a")]);
    const last = partition.journal(key).at(-1)?.message;
    expect(last).toMatchObject({ kind: "getLazyStateCompletion" });
    expect(last !== undefined && "result" in last && last.result).toEqual({
      kind: "value",
      value: large,
    });
  });

  it("stays when the invocation is done, and is seen by the next", () => {
    send(partition, key, [setState("a", "1"), ...finish()]);
    const next = keyOf(2);
    partition.apply(invoke(next, { target: sharedTarget("o") }));
    send(partition, next, [getLazyState(1, "a")]);
    expect(partition.journal(next).at(-1)?.message).toMatchObject({
      result: { kind: "value", value: bytes("1") },
    });
  });

  it("from an attempt that is over has no effect", () => {
    send(partition, key, [setState("a", "1")], { start: 0 });
    expect(stateOf(partition, OBJECT)).toEqual({});
  });

  it("of one object is not seen by another, nor by the same key of a workflow", () => {
    send(partition, key, [setState("a", "1")]);
    expect(stateOf(partition, objectId("p"))).toEqual({});
    expect(stateOf(partition, objectId("o", "sc"))).toEqual({});
    expect(stateOf(partition, workflowId("o"))).toEqual({});
  });
});

describe("a read", () => {
  it("is completed right after its command, with what the commands before it left", () => {
    send(partition, key, [
      setState("a", "1"),
      getLazyState(1, "a"),
      setState("a", "2"),
      getLazyState(2, "a"),
      clearState("a"),
      getLazyState(3, "a"),
      run(9),
    ]);
    expect(kinds()).toEqual([
      "setState",
      "getLazyState",
      "getLazyStateCompletion",
      "setState",
      "getLazyState",
      "getLazyStateCompletion",
      "clearState",
      "getLazyState",
      "getLazyStateCompletion",
      "run",
    ]);
    expect([read(1), read(2), read(3)]).toEqual(["1", "2", { kind: "void" }]);
  });

  it("of the names has them in the order of their bytes", () => {
    send(partition, key, [setState("é", "1"), setState("b", "2"), setState("a\u0000", "3")]);
    send(partition, key, [setState("a", "4"), clearState("b"), getLazyStateKeys(1)]);
    expect(read(1)).toEqual(["a", "a\u0000", "é"]);
  });

  it("of the names sees what this record cleared and set again", () => {
    send(partition, key, [setState("a", "1"), setState("b", "2")]);
    send(partition, key, [
      CLEAR_ALL_STATE,
      getLazyStateKeys(1),
      setState("c", "3"),
      getLazyStateKeys(2),
      getLazyState(3, "a"),
    ]);
    expect([read(1), read(2), read(3)]).toEqual([[], ["c"], { kind: "void" }]);
  });

  it("resolves a suspension that follows it", () => {
    const applied = send(partition, key, [getLazyState(1, "a"), suspension(anyOf(1))]);
    expect(applied.actions.map((action) => action.kind)).toContain("start");
    expect(partition.get(key).status).toBe("invoked");
  });

  it("is passed to the attempt", () => {
    const applied = send(partition, key, [getLazyState(1, "a")]);
    const [notify] = applied.actions.filter((action) => action.kind === "notify");
    expect(notify).toMatchObject({ key, start: 1, index: 2, message: { completionId: 1 } });
  });
});

describe("clearing all", () => {
  it("counts at once; the rows are deleted by a task, a page at a time", () => {
    const names = Array.from({ length: 10 }, (_, i) => `k${i}`);
    send(
      partition,
      key,
      names.map((name) => setState(name, "1")),
    );
    send(partition, key, [CLEAR_ALL_STATE, setState("new", "2")]);
    expect(stateOf(partition, OBJECT)).toEqual({ new: "2" });
    expect(stateRowCount(partition, OBJECT)).toBe(11);
    expect(tasksOf(partition)).toMatchObject([{ task: { kind: "clear", generation: 1 } }]);
    expect(runTasks(partition).length).toBeGreaterThan(3);
    expect(stateRowCount(partition, OBJECT)).toBe(1);
    expect(stateOf(partition, OBJECT)).toEqual({ new: "2" });
  });

  it("again while a task still deletes leaves one task, for all of it", () => {
    send(partition, key, [
      setState("a", "1"),
      CLEAR_ALL_STATE,
      setState("b", "2"),
      CLEAR_ALL_STATE,
    ]);
    expect(tasksOf(partition)).toMatchObject([{ task: { kind: "clear", generation: 2 } }]);
    expect(stateRowCount(partition, OBJECT)).toBe(2);
    runTasks(partition, 2);
    expect(stateRowCount(partition, OBJECT)).toBe(0);
  });

  it("keeps the object's row, so that the old rows never count again", () => {
    send(partition, key, [setState("a", "1"), CLEAR_ALL_STATE, ...finish()]);
    expect(objectOf(partition, OBJECT)).toEqual({
      holder: undefined,
      head: 1,
      tail: 1,
      generation: 1,
    });
    expect(stateOf(partition, OBJECT)).toEqual({});
  });

  it("of a workflow's state works without a lock", () => {
    const run1 = keyOf(5);
    partition.apply(invoke(run1, { target: workflowTarget("w") }));
    send(partition, run1, [setState("a", "1"), CLEAR_ALL_STATE, setState("b", "2")]);
    expect(stateOf(partition, workflowId("w"))).toEqual({ b: "2" });
    expect(objectOf(partition, workflowId("w"))?.holder).toBeUndefined();
  });
});
