/** Killing an invocation with all that it has called. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import { unlock } from "./cancellation.ts";
import { fresh } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

export const kill: Group = {
  name: "KillInvocation",
  needs: ["KillTestRunner", "KillTestSingleton", "AwakeableHolder"],
  tests: {
    "kills a tree of calls": async (running) => {
      const { ingress, admin } = running;
      const { key, handler } = fresh("KillTestRunner");
      const { invocationId } = await ingress.send(handler("startCallTree"));
      await unlock(running, key);
      const { status } = await admin.act(invocationId, "kill");
      expect(status).toBe(200);
      await ingress.call(["KillTestSingleton", key, "isUnlocked"]);

      const failed = await failureOf(ingress.attach(invocationId));
      expect(failed.failure).toMatchObject({ code: 409, message: "killed" });
    },

    "shows what was killed as failed": async (running) => {
      const { ingress, admin } = running;
      const { key, handler } = fresh("KillTestRunner");
      const { invocationId } = await ingress.send(handler("startCallTree"));
      await until(
        `${key} holds an awakeable`,
        () => ingress.call<boolean>(["AwakeableHolder", key, "hasAwakeable"]),
        (has) => has,
      );
      await admin.mustAct(invocationId, "kill");
      await admin.untilStatus(invocationId, "completed");
      expect(await admin.read(invocationId)).toMatchObject({ completion_result: "failure" });
      expect((await admin.act(invocationId, "kill")).status).toBe(409);
    },

    "does not know what was never invoked": async ({ ingress, admin }) => {
      const { invocationId } = await ingress.send(fresh("KillTestSingleton").handler("isUnlocked"));
      // Of the same form, but of nothing.
      const unknown = `${invocationId.slice(0, -4)}${invocationId.endsWith("1111") ? "2222" : "1111"}`;
      expect((await admin.act(unknown, "kill")).status).toBe(404);
    },
  },
};
