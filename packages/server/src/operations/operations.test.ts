/** Operators' requests, as far as they are not the partition's: waiting, checking, giving up. */
import type { EngineRecord, OperationResult } from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { openProcessor } from "../testing/partition.ts";
import { attempt, END, Gate, invoke, keyOf, output, propose, run } from "../testing/records.ts";
import { Operations, UnavailableError } from "./operations.ts";

const key = keyOf(1);

/** Operations over a partition that answers as it is told; what it was asked is kept. */
async function open(answer: OperationResult) {
  const begun = await openProcessor();
  const asked: EngineRecord[] = [];
  const operations = new Operations({
    partitionOf: () => 0,
    partitionOfInstance: () => 3,
    ask: async (partition, record) => {
      asked.push(record({ partition }));
      return answer;
    },
    reads: (partition) => (partition === 0 ? begun.store : undefined),
  });
  return { ...begun, operations, asked };
}

describe("an operation", () => {
  it("is a record for its partition, and its answer", async () => {
    const { operations, asked } = await open({ kind: "done" });
    expect(await operations.operate(key, { kind: "cancel" })).toEqual({ kind: "done" });
    expect(asked).toMatchObject([
      { kind: "operate", key, operation: { kind: "cancel" }, waiter: { partition: 0 } },
    ]);
  });

  it("that cannot be asked for now says so", async () => {
    const operations = new Operations({
      partitionOf: () => 0,
      partitionOfInstance: () => 0,
      ask: () => Promise.reject(new UnavailableError("the partition is being opened")),
      reads: () => undefined,
    });
    for (const kind of ["cancel", "purge"] as const) {
      await expect(operations.operate(key, { kind })).rejects.toThrow("is being opened");
    }
    const restart = { kind: "restart", from: 1, deployment: "keep" } as const;
    await expect(operations.operate(key, restart)).rejects.toBeInstanceOf(UnavailableError);
  });
});

describe("a purge", () => {
  it("is done when everything has been deleted, for all who asked", async () => {
    const { operations } = await open({ kind: "requested" });
    const results: unknown[] = [];
    for (const kind of ["purge", "purgeJournal"] as const) {
      void operations.operate(key, { kind }).then((result) => results.push(result));
    }
    await new Promise(setImmediate);
    expect(results).toEqual([]);
    operations.removed(keyOf(2), "invocation");
    await new Promise(setImmediate);
    expect(results).toEqual([]);
    operations.removed(key, "invocation");
    await new Promise(setImmediate);
    expect(results).toEqual([{ kind: "done" }, { kind: "done" }]);
  });

  it("is not done when the journal alone is gone", async () => {
    const { operations } = await open({ kind: "requested" });
    const done: string[] = [];
    for (const kind of ["purge", "purgeJournal"] as const) {
      void operations.operate(key, { kind }).then(() => done.push(kind));
    }
    await new Promise(setImmediate);
    operations.removed(key, "journal");
    await new Promise(setImmediate);
    expect(done).toEqual(["purgeJournal"]);
    operations.removed(key, "invocation");
    await new Promise(setImmediate);
    expect(done).toEqual(["purgeJournal", "purge"]);
  });

  it("that is done before its answer is heard is not waited for again", async () => {
    const begun = await openProcessor();
    const gate = new Gate();
    const operations: Operations = new Operations({
      partitionOf: () => 0,
      partitionOfInstance: () => 0,
      ask: async () => {
        await gate.promise;
        return { kind: "requested" };
      },
      reads: () => begun.store,
    });
    const purging = operations.operate(key, { kind: "purge" });
    operations.removed(key, "invocation");
    gate.open();
    expect(await purging).toEqual({ kind: "done" });
  });

  it("that is refused is answered at once", async () => {
    const refused = { kind: "refused", reason: "notCompleted", message: "it runs" } as const;
    const { operations } = await open(refused);
    expect(await operations.operate(key, { kind: "purge" })).toEqual(refused);
    operations.removed(key, "invocation");
  });

  it("is in doubt when its partition is lost, and only its own", async () => {
    const { operations } = await open({ kind: "requested" });
    const purging = operations.operate(key, { kind: "purge" });
    const heard = purging.catch((error: unknown) => error);
    await new Promise(setImmediate);
    operations.lost(1);
    operations.lost(0);
    expect(await heard).toBeInstanceOf(UnavailableError);
  });
});

describe("a restart from a place in the journal", () => {
  const restart = (from: number) => ({ kind: "restart", from, deployment: "keep" }) as const;

  async function completed() {
    const begun = await open({ kind: "restarted", key: keyOf(9) });
    await begun.apply(invoke(key), attempt(key, [run(1), propose(1), run(2)]));
    await begun.apply(attempt(key, [output(), END]));
    return begun;
  }

  it("is asked for when all that its commands wait for is there", async () => {
    const { operations, asked } = await completed();
    expect(await operations.operate(key, restart(2))).toMatchObject({ kind: "restarted" });
    expect(asked).toHaveLength(1);
  });

  it("is refused when something never came, with what it is", async () => {
    const { operations, asked } = await completed();
    expect(await operations.operate(key, restart(3))).toEqual({
      kind: "refused",
      reason: "badEntry",
      message:
        "1 of the commands up to entry 3 were never completed (completion ids 2): " +
        "restart from an earlier entry",
    });
    expect(asked).toEqual([]);
  });

  it("of what runs, is unknown or is shorter is left to the partition to refuse", async () => {
    const { operations, asked, apply } = await completed();
    await apply(invoke(keyOf(2)));
    await operations.operate(keyOf(2), restart(1));
    await operations.operate(keyOf(99), restart(1));
    await operations.operate(key, restart(50));
    expect(asked).toHaveLength(3);
  });
});

describe("a change of state", () => {
  it("goes to the partition of the object", async () => {
    const { operations, asked } = await open({ kind: "done" });
    const instance = { service: "O", scope: "", key: "k" };
    const mutation = { entries: [], version: undefined };
    expect(await operations.mutateState(instance, mutation)).toEqual({ kind: "done" });
    expect(asked).toMatchObject([{ kind: "mutateState", instance, waiter: { partition: 3 } }]);
  });
});
