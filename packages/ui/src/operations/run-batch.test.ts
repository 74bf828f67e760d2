import { describe, expect, it } from "vitest";
import { isOffered, OPERATION_NAMES } from "./operations.ts";
import { type BatchProgress, groupFailures, runBatch, STEP } from "./run-batch.ts";

const ids = Array.from({ length: 2 * STEP + 1 }, (_, i) => `inv_${i}`);
const never = () => false;

describe("a batch", () => {
  it("goes on in steps, and tells how far it is", async () => {
    const seen: number[] = [];
    const end = await runBatch({
      ids,
      operate: async (step) => ({ succeeded: step, failed: [] }),
      onProgress: ({ succeeded }) => seen.push(succeeded),
      isStopped: never,
    });
    expect(seen).toEqual([0, STEP, 2 * STEP, ids.length, ids.length]);
    expect(end).toMatchObject({ isOver: true, failed: [] });
  });

  it("goes on behind a step that fails, and knows whose it was", async () => {
    let count = 0;
    const end = await runBatch({
      ids,
      operate: async (step) => {
        count += 1;
        if (count === 1) throw new Error("overloaded");
        const [first = "", ...rest] = step;
        return { succeeded: rest, failed: [{ invocation_id: first, error: `no ${first}` }] };
      },
      onProgress: () => undefined,
      isStopped: never,
    });
    expect(end.succeeded).toBe(STEP - 1);
    expect(end.failed).toHaveLength(STEP + 2);
    const groups = groupFailures(end.failed);
    expect(groups.map(({ error, ids: own }) => [error, own.length])).toEqual([
      ["overloaded", STEP],
      ["no …", 2],
    ]);
  });

  it("ends when it is stopped", async () => {
    const seen: BatchProgress[] = [];
    const end = await runBatch({
      ids,
      operate: async (step) => ({ succeeded: step, failed: [] }),
      onProgress: (progress) => seen.push(progress),
      isStopped: () => (seen.at(-1)?.succeeded ?? 0) > 0,
    });
    expect(end).toMatchObject({ succeeded: STEP, total: ids.length, isOver: true });
  });

  it("of nothing is over at once", async () => {
    const operate = () => Promise.reject(new Error("must not be asked"));
    const end = await runBatch({ ids: [], operate, onProgress: () => undefined, isStopped: never });
    expect(end).toMatchObject({ total: 0, isOver: true });
  });
});

it("what has ended is not cancelled, and what lives is not purged", () => {
  const offered = (status: "completed" | "paused") =>
    OPERATION_NAMES.filter((name) => isOffered(name, status));
  expect(offered("completed")).toEqual(["restart-as-new", "purge"]);
  expect(offered("paused")).toEqual(["resume", "cancel", "kill"]);
});
