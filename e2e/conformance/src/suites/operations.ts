/** What operators do to journals, completed invocations and state. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import { steered } from "./steered.ts";
import { fresh, on, untilCount } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

export const journalRetention: Group = {
  name: "JournalRetention",
  needs: ["Napper"],
  tests: {
    "keeps the journal of what has completed": async ({ ingress, admin }) => {
      const { invocationId } = await ingress.send(on("Napper", "nap"), 10);
      expect(await ingress.attach(invocationId)).toBe("rested");
      await admin.untilStatus(invocationId, "completed");
      expect(await admin.journal(invocationId)).toEqual([
        "Command: Input",
        "Command: Sleep",
        "Notification: Sleep",
        "Command: Output",
      ]);
    },

    "purges a journal": async ({ ingress, admin }) => {
      const { invocationId } = await ingress.send(on("Napper", "nap"), 10);
      await ingress.attach(invocationId);
      await admin.untilStatus(invocationId, "completed");
      await admin.mustAct(invocationId, "purge-journal");
      await until(
        "the journal is gone",
        () => admin.journal(invocationId),
        (journal) => journal.length === 0,
      );
      expect(await ingress.attach(invocationId)).toBe("rested");
    },

    "purges an invocation": async ({ ingress, admin }) => {
      const { invocationId } = await ingress.send(on("Napper", "nap"), 10);
      await ingress.attach(invocationId);
      await admin.untilStatus(invocationId, "completed");
      await admin.mustAct(invocationId, "purge");
      await until(
        "the invocation is gone",
        () => admin.read(invocationId),
        (shown) => shown === undefined,
      );
      expect((await failureOf(ingress.attach(invocationId))).status).toBe(404);
    },
  },
};

export const restartAsNew: Group = {
  name: "RestartAsNewInvocation",
  needs: ["Steerable"],
  tests: {
    "starts anew, or from an entry on": async (running) => {
      const { ingress, admin } = running;
      const { invocationId, steer } = await steered(running, { value: "old", failing: "for good" });
      await failureOf(ingress.attach(invocationId));
      await admin.untilStatus(invocationId, "completed");
      await steer({ value: "new", failing: "not" });

      const restart = async (query: string): Promise<string> => {
        const answer = await admin.mustAct<{ new_invocation_id: string }>(
          invocationId,
          "restart-as-new",
          query,
        );
        return answer.new_invocation_id;
      };
      const anew = await restart("");
      expect(await ingress.attach(anew)).toBe("new");
      // With the run and what it gave.
      const fromRun = await restart("?from=1");
      expect(await ingress.attach(fromRun)).toBe("old");

      for (const id of [anew, fromRun]) {
        const shown = await admin.untilStatus(id, "completed");
        expect(shown).toMatchObject({ completion_result: "success" });
      }
      expect(await admin.read(invocationId)).toMatchObject({ completion_result: "failure" });
    },

    "refuses what has not completed": async (running) => {
      const { admin } = running;
      const { invocationId } = await steered(running, { value: "old", failing: "retryably" });
      await admin.untilStatus(invocationId, "paused");
      expect((await admin.act(invocationId, "restart-as-new")).status).toBe(409);
      await admin.mustAct(invocationId, "kill");
    },
  },
};

export const statePatching: Group = {
  name: "StatePatching",
  needs: ["Counter"],
  tests: {
    "replaces the state of an object": async (running) => {
      const counter = fresh("Counter");
      await running.ingress.call(counter.handler("add"), 1);
      await running.admin.must("POST", "/services/Counter/state", {
        object_key: counter.key,
        new_state: { count: [...Buffer.from("41")] },
      });
      await untilCount(running, counter.key, 41);
      await running.ingress.call(counter.handler("add"), 1);
      expect(await running.ingress.call(counter.handler("get"))).toBe(42);
    },

    "refuses a service without state": async ({ admin }) => {
      const body = { object_key: "any", new_state: { any: [1] } };
      const path = "/services/TestUtilsService/state";
      expect((await admin.request("POST", path, body)).status).toBe(400);
    },
  },
};
