/** Invocations that wait for others by their ids. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { waiting } from "./awakeable-ingress.ts";
import { fresh, on } from "./targets.ts";

export const attaching: Group = {
  name: "Attach",
  needs: ["Attacher"],
  tests: {
    "gives the result of what runs": {
      needs: ["AwakeableEcho"],
      run: async (running) => {
        const { ingress, admin } = running;
        const other = await waiting(running);
        const { invocationId } = await ingress.send(on("Attacher", "attach"), other.invocationId);
        await admin.untilJournaled(invocationId, "Command: AttachInvocation");
        await ingress.resolveAwakeable(other.awakeableId, "the other's");
        expect(await ingress.attach(invocationId)).toBe("the other's");
      },
    },

    "gives the result of what has completed": {
      needs: ["Counter"],
      run: async ({ ingress }) => {
        const sent = await ingress.send(fresh("Counter").handler("add"), 3);
        const update = await ingress.attach(sent.invocationId);
        expect(await ingress.call(on("Attacher", "attach"), sent.invocationId)).toEqual(update);
      },
    },

    "fails as the other failed": {
      needs: ["Failing"],
      run: async ({ ingress }) => {
        const target = fresh("Failing").handler("terminallyFailingCall");
        const { invocationId } = await ingress.send(target, { errorMessage: "the other's" });
        const failure = await ingress.call(on("Attacher", "failureOf"), invocationId);
        expect(failure).toEqual({ code: 500, message: "the other's" });
      },
    },

    "fails when there is no such invocation": async ({ ingress, admin }) => {
      const { invocationId } = await ingress.send(on("Attacher", "attach"), "inv_nothing", {
        query: "?delay=1h",
      });
      const { status } = await admin.act(invocationId, "cancel");
      expect(status).toBe(200);
      // It was cancelled before it began, and is forgotten.
      const failure = await ingress.call(on("Attacher", "failureOf"), invocationId);
      expect(failure).toMatchObject({ code: 404 });
    },
  },
};
