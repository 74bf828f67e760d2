/** Workflows and their durable promises. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import { fresh } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

export const workflow: Group = {
  name: "WorkflowAPI",
  needs: ["BlockAndWaitWorkflow"],
  tests: {
    "runs once, and is unblocked from outside": async ({ ingress }) => {
      const { key, handler } = fresh("BlockAndWaitWorkflow");
      const submit = () => ingress.send(handler("run"), "Francesco", { idempotencyKey: null });
      const first = await submit();
      expect(first.status).toBe("Accepted");
      await until(
        "the input is stored",
        () => ingress.call(handler("getState")),
        (stored) => stored === "Francesco",
      );
      await ingress.call(handler("unblock"), "Till");

      const of = `/restate/workflow/BlockAndWaitWorkflow/${key}`;
      expect(await ingress.get(`${of}/attach`)).toBe("Till");
      expect(await ingress.get(`${of}/output`)).toBe("Till");
      expect(await submit()).toMatchObject({
        status: "PreviouslyAccepted",
        invocationId: first.invocationId,
      });
      expect(await ingress.get(`${of}/output`)).toBe("Till");
    },

    "has no output before it has completed": async ({ ingress }) => {
      const { key, handler } = fresh("BlockAndWaitWorkflow");
      await ingress.send(handler("run"), "input", { idempotencyKey: null });
      const output = ingress.get(`/restate/workflow/BlockAndWaitWorkflow/${key}/output`);
      expect((await failureOf(output)).status).toBe(470);
      await ingress.call(handler("unblock"), "done");
      expect(await ingress.get(`/restate/workflow/BlockAndWaitWorkflow/${key}/attach`)).toBe(
        "done",
      );
    },

    "is unblocked before it runs": async ({ ingress }) => {
      const { handler } = fresh("BlockAndWaitWorkflow");
      await ingress.call(handler("unblock"), "early");
      expect(await ingress.call(handler("run"), "input", { idempotencyKey: null })).toBe("early");
    },

    "refuses a second completion of its promise": async ({ ingress }) => {
      const { handler } = fresh("BlockAndWaitWorkflow");
      await ingress.call(handler("unblock"), "first");
      const again = await failureOf(ingress.call(handler("unblock"), "second"));
      expect(again.status).toBe(409);
      expect(await ingress.call(handler("run"), "input", { idempotencyKey: null })).toBe("first");
    },

    "refuses a second call of run": async ({ ingress }) => {
      const { handler } = fresh("BlockAndWaitWorkflow");
      await ingress.call(handler("unblock"), "done");
      await ingress.call(handler("run"), "input", { idempotencyKey: null });
      const again = ingress.call(handler("run"), "input", { idempotencyKey: null });
      expect((await failureOf(again)).status).toBe(409);
    },

    "is forgotten with its state when it is purged": async ({ ingress, admin }) => {
      const { handler } = fresh("BlockAndWaitWorkflow");
      const run = () => ingress.send(handler("run"), "input", { idempotencyKey: null });
      await ingress.call(handler("unblock"), "first");
      const { invocationId } = await run();
      expect(await ingress.attach(invocationId)).toBe("first");
      await admin.untilStatus(invocationId, "completed");
      await admin.mustAct(invocationId, "purge");
      await until(
        "its state is gone",
        () => ingress.call(handler("getState")),
        (stored) => stored === null,
      );
      // Its promise is gone too: this is another run.
      await ingress.call(handler("unblock"), "second");
      expect((await run()).status).toBe("Accepted");
      expect(await ingress.attach(invocationId)).toBe("second");
    },

    "keeps the workflows of different keys apart": async ({ ingress }) => {
      const [one, other] = [fresh("BlockAndWaitWorkflow"), fresh("BlockAndWaitWorkflow")];
      await ingress.send(one.handler("run"), "one", { idempotencyKey: null });
      await ingress.send(other.handler("run"), "other", { idempotencyKey: null });
      await ingress.call(other.handler("unblock"), "only this");
      const path = (key: string) => `/restate/workflow/BlockAndWaitWorkflow/${key}`;
      expect(await ingress.get(`${path(other.key)}/attach`)).toBe("only this");
      const blocked = await failureOf(ingress.get(`${path(one.key)}/output`));
      expect(blocked.status).toBe(470);
      await ingress.call(one.handler("unblock"), "now this");
      expect(await ingress.get(`${path(one.key)}/attach`)).toBe("now this");
    },
  },
};
