/** Awakeables that are completed from outside. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import { fresh } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

/** Something that waits for an awakeable, and its id. */
export async function waiting({ ingress }: RunningCell) {
  const { handler } = fresh("AwakeableEcho");
  const target = handler("wait");
  const { invocationId } = await ingress.send(target);
  const id = await until(
    "the awakeable is there",
    () => ingress.call<string | null>(handler("awakeableId")),
    (found) => found !== null,
  );
  const result = ingress.attach<string>(invocationId);
  result.catch(() => undefined); // Whoever awaits it is told.
  return { target, invocationId, awakeableId: `${id}`, result };
}

export const awakeableIngress: Group = {
  name: "AwakeableIngressEndpoint",
  needs: ["AwakeableEcho"],
  tests: {
    resolves: async (running) => {
      const { awakeableId, result } = await waiting(running);
      await running.ingress.resolveAwakeable(awakeableId, "my value");
      expect(await result).toBe("my value");
    },

    rejects: async (running) => {
      const { awakeableId, result } = await waiting(running);
      await running.ingress.rejectAwakeable(awakeableId, "my reason");
      expect((await failureOf(result)).failure).toMatchObject({ code: 500, message: "my reason" });
    },

    "takes the first of two completions": async (running) => {
      const { awakeableId, result } = await waiting(running);
      await running.ingress.resolveAwakeable(awakeableId, "first");
      await running.ingress.rejectAwakeable(awakeableId, "second");
      expect(await result).toBe("first");
    },

    "refuses what is no awakeable's id": async ({ ingress }) => {
      const { status } = await ingress.request("/restate/awakeables/nothing/resolve", { body: 1 });
      expect(status).toBe(400);
    },
  },
};
