/** Side effects: how often they are executed, and when their results are known. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { fresh, on } from "./targets.ts";

export const runRetry: Group = {
  name: "RunRetry",
  needs: ["Failing"],
  tests: {
    "executes until it succeeds": async ({ ingress }) => {
      const { handler } = fresh("Failing");
      const executions = await ingress.call(handler("sideEffectSucceedsAfterGivenAttempts"), 3);
      expect(executions).toBeGreaterThanOrEqual(3);
    },

    "executes once what succeeds": async ({ ingress }) => {
      const { handler } = fresh("Failing");
      const executions = await ingress.call(handler("sideEffectSucceedsAfterGivenAttempts"), 1);
      expect(executions).toBeGreaterThanOrEqual(1);
    },

    "fails for good after so many executions": async ({ ingress }) => {
      const { handler } = fresh("Failing");
      const executions = await ingress.call(handler("sideEffectFailsAfterGivenAttempts"), 3);
      expect(executions).toBeGreaterThanOrEqual(3);
    },
  },
};

export const runFlush: Group = {
  name: "RunFlush",
  needs: ["TestUtilsService"],
  tests: {
    "knows a result only from the journal": {
      without: ({ suspends, transport }) =>
        suspends === "always" || transport === "http1"
          ? undefined
          : "an attempt that is not suspended goes on with the results of its own runs",
      run: async ({ ingress }) => {
        const count = on("TestUtilsService", "countExecutedSideEffects");
        expect(await ingress.call(count, 3)).toBe(0);
      },
    },

    "executes each run at most once in an attempt": async ({ ingress }) => {
      const count = on("TestUtilsService", "countExecutedSideEffects");
      expect(await ingress.call(count, 3)).toBeLessThanOrEqual(3);
    },
  },
};
