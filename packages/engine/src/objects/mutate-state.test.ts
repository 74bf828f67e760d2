/** An operator replaces the state of an object (server.md §3.6). */
import { stateVersion } from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import {
  mutateState,
  objectTarget,
  resultOf,
  setState,
  sharedTarget,
} from "../testing/commands.ts";
import { objectId, stateOf, stateRowCount } from "../testing/objects.ts";
import { TestPartition } from "../testing/partition.ts";
import { bytes, finish, invoke, keyOf, send } from "../testing/records.ts";
import { runTasks } from "../testing/tasks.ts";

const OBJECT = objectId("o");
const holder = keyOf(1);
let partition: TestPartition;

beforeEach(() => {
  partition = new TestPartition();
});

const entry = (key: string, value: string) => ({ key: bytes(key), value: bytes(value) });

describe("a change of the state of a free object", () => {
  it("replaces all of it at once, and a task deletes what was there", () => {
    expect(resultOf(partition.apply(mutateState("o", { a: "1", b: "2" })))).toEqual({
      kind: "done",
    });
    partition.apply(mutateState("o", { b: "3" }));
    expect(stateOf(partition, OBJECT)).toEqual({ b: "3" });
    expect(stateRowCount(partition, OBJECT)).toBe(3);
    runTasks(partition);
    expect(stateRowCount(partition, OBJECT)).toBe(1);
    expect(stateOf(partition, OBJECT)).toEqual({ b: "3" });
  });

  it("by nothing clears it", () => {
    partition.apply(mutateState("o", { a: "1" }));
    partition.apply(mutateState("o", {}));
    expect(stateOf(partition, OBJECT)).toEqual({});
    runTasks(partition);
    expect(stateRowCount(partition, OBJECT)).toBe(0);
  });

  it("that expects the state that is there is done", () => {
    partition.apply(mutateState("o", { b: "2", a: "1" }));
    const version = stateVersion([entry("a", "1"), entry("b", "2")]);
    const applied = partition.apply(mutateState("o", { c: "3" }, version));
    expect(resultOf(applied)).toEqual({ kind: "done" });
    expect(stateOf(partition, OBJECT)).toEqual({ c: "3" });
  });

  it("that expects another state is refused, and changes nothing", () => {
    partition.apply(mutateState("o", { a: "1" }));
    const version = stateVersion([entry("a", "2")]);
    const applied = partition.apply(mutateState("o", { c: "3" }, version));
    expect(resultOf(applied)).toMatchObject({ kind: "refused", reason: "stateChanged" });
    expect(applied.commit.writes).toEqual([]);
    expect(stateOf(partition, OBJECT)).toEqual({ a: "1" });
  });

  it("is not kept waiting by a shared handler", () => {
    partition.apply(invoke(holder, { target: sharedTarget("o") }));
    expect(resultOf(partition.apply(mutateState("o", { a: "1" }))).kind).toBe("done");
  });
});

describe("a change of the state of an object that is held", () => {
  beforeEach(() => {
    partition.apply(invoke(holder, { target: objectTarget("o") }));
    send(partition, holder, [setState("a", "1")]);
  });

  it("waits for its turn", () => {
    const applied = partition.apply(mutateState("o", { b: "2" }));
    expect(resultOf(applied)).toEqual({ kind: "requested" });
    expect(stateOf(partition, OBJECT)).toEqual({ a: "1" });
    send(partition, holder, finish());
    expect(stateOf(partition, OBJECT)).toEqual({ b: "2" });
  });

  it("is dropped when the state is not the expected one by then", () => {
    const version = stateVersion([entry("a", "1")]);
    partition.apply(mutateState("o", { b: "2" }, version));
    send(partition, holder, [setState("a", "other"), ...finish()]);
    expect(stateOf(partition, OBJECT)).toEqual({ a: "other" });
  });

  it("is done when it is", () => {
    const version = stateVersion([entry("a", "1")]);
    partition.apply(mutateState("o", { b: "2" }, version));
    send(partition, holder, finish());
    expect(stateOf(partition, OBJECT)).toEqual({ b: "2" });
  });

  it("sees what the changes before it in the same record have done", () => {
    partition.apply(mutateState("o", { b: "2" }));
    partition.apply(mutateState("o", { c: "3" }, stateVersion([entry("b", "2")])));
    partition.apply(mutateState("o", { d: "4" }, stateVersion([entry("b", "2")])));
    send(partition, holder, finish());
    expect(stateOf(partition, OBJECT)).toEqual({ c: "3" });
  });
});
