/** Pausing what fails or waits, and resuming it. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import { waiting } from "./awakeable-ingress.ts";
import { steered } from "./steered.ts";
import { failureOf } from "./user-errors.ts";

const RETRIES_LIMIT_MS = 20_000;

export const pauseResume: Group = {
  name: "PauseResume",
  needs: ["Steerable"],
  tests: {
    "pauses what fails too often, and resumes it": async (running) => {
      const { ingress, admin } = running;
      const { invocationId, steer } = await steered(running, {
        value: "old",
        failing: "retryably",
      });
      await admin.untilStatus(invocationId, "paused");
      await steer({ value: "new", failing: "not" });
      await admin.mustAct(invocationId, "resume", "?deployment=keep");
      // Its run was executed before it was paused.
      expect(await ingress.attach(invocationId)).toBe("old");
    },

    "pauses again what still fails": async (running) => {
      const { ingress, admin } = running;
      const { invocationId, steer } = await steered(running, {
        value: "old",
        failing: "retryably",
      });
      await admin.untilStatus(invocationId, "paused");
      await admin.mustAct(invocationId, "resume");
      await admin.untilStatus(invocationId, "paused");
      await steer({ value: "new", failing: "not" });
      await admin.mustAct(invocationId, "resume");
      expect(await ingress.attach(invocationId)).toBe("old");
    },

    "kills what is paused": async (running) => {
      const { ingress, admin } = running;
      const { invocationId } = await steered(running, { value: "old", failing: "retryably" });
      await admin.untilStatus(invocationId, "paused");
      await admin.mustAct(invocationId, "kill");
      const { failure } = await failureOf(ingress.attach(invocationId));
      expect(failure).toMatchObject({ code: 409, message: "killed" });
    },

    "pauses what waits, and resumes it": {
      without: ({ suspends, transport }) =>
        suspends === "always" || transport === "http1"
          ? "a server may leave what is suspended as it is"
          : undefined,
      needs: ["AwakeableEcho"],
      run: async (running) => {
        const { ingress, admin } = running;
        const { invocationId, awakeableId, result } = await waiting(running);
        expect((await admin.act(invocationId, "pause")).status).toBe(202);
        await admin.untilStatus(invocationId, "paused");
        await ingress.resolveAwakeable(awakeableId, "while paused");
        expect(await admin.read(invocationId)).toMatchObject({ status: "paused" });
        await admin.mustAct(invocationId, "resume");
        expect(await result).toBe("while paused");
      },
    },

    "cancels what is paused": async (running) => {
      const { ingress, admin } = running;
      const { invocationId, steer } = await steered(running, {
        value: "old",
        failing: "retryably",
      });
      await admin.untilStatus(invocationId, "paused");
      await steer({ value: "old", failing: "not" });
      // It goes on to be told; whether it heeds that is up to its code, which waits for nothing.
      await admin.mustAct(invocationId, "cancel");
      await admin.untilStatus(invocationId, "completed");
      expect(await ingress.attach(invocationId)).toBe("old");
    },

    "resumes on another deployment": {
      needs: ["Versioned"],
      limitMs: 2 * RETRIES_LIMIT_MS,
      run: async ({ ingress, admin, deploy }) => {
        const name = unique("Versioned");
        const services = `Versioned=${name}`;
        const first = await deploy({ services, variables: { VERSION: "v1" } });
        const { invocationId } = await ingress.send([name, "any", "stumble"]);
        const paused = await admin.untilStatus(invocationId, "paused");
        expect(paused?.pinned_deployment_id).toBe(first.deploymentId);

        const second = await deploy({ services, variables: { VERSION: "v2" } });
        await admin.mustAct(invocationId, "resume", `?deployment=${second.deploymentId}`);
        expect(await ingress.attach(invocationId)).toBe("v1, then v2");
        expect(await admin.read(invocationId)).toMatchObject({
          pinned_deployment_id: second.deploymentId,
        });
      },
    },
  },
};
