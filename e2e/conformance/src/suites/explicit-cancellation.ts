/** Handlers that are told of a cancellation. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group, Test } from "../harness/group.ts";
import type { Shown } from "../harness/invocation-view.ts";
import { on } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

const abortsRuns = (count: number): Test => ({
  without: ({ suspends, transport }) =>
    suspends === "always" || transport === "http1"
      ? "an attempt that cannot be told anything is not told of a cancellation while it runs"
      : undefined,
  run: async ({ ingress, admin }) => {
    const { invocationId } = await ingress.send(on("ExplicitCancellation", "abortRuns"), count);
    await until(
      "its runs wait",
      () => ingress.call<boolean>(on("ExplicitCancellation", "isWaiting"), invocationId),
      (waits) => waits,
    );
    await admin.mustAct(invocationId, "cancel");
    const expected = ["controller-abort", ...Array.from({ length: count }, () => "run-cancelled")];
    expect(await ingress.attach(invocationId)).toBe(expected.join("-"));
  },
});

const cancelsCalls = (...batches: readonly number[]): Test => ({
  run: async ({ ingress, admin }) => {
    const ids = await ingress.call<string[]>(on("ExplicitCancellation", "cancelCalls"), batches);
    expect(new Set(ids).size).toBe(batches.reduce((sum, batch) => sum + batch, 0));
    // What has not begun when it is cancelled is forgotten at once.
    const isOver = (shown: Shown | undefined) =>
      shown === undefined || shown.completion_result === "failure";
    for (const id of ids) await until(`${id} is over`, () => admin.read(id), isOver);
  },
});

export const explicitCancellation: Group = {
  name: "ExplicitCancellation",
  needs: ["ExplicitCancellation"],
  tests: {
    "ends a race": async ({ ingress, admin }) => {
      const { invocationId } = await ingress.send(on("ExplicitCancellation", "race"));
      await admin.mustAct(invocationId, "cancel");
      const { failure } = await failureOf(ingress.attach(invocationId));
      expect(failure.message).toBe("Cancelled");
    },
    "lets it clean up": async ({ ingress, admin }) => {
      const { invocationId } = await ingress.send(on("ExplicitCancellation", "cleanUp"));
      await admin.mustAct(invocationId, "cancel");
      expect(await ingress.attach(invocationId)).toBe("cleanup-done");
    },
    "aborts a run": abortsRuns(1),
    "aborts three runs": abortsRuns(3),
    "cancels three calls": cancelsCalls(3),
    "cancels no call": cancelsCalls(0),
    "cancels two calls, then three": cancelsCalls(2, 3),
  },
};
