/** A handler that takes another path when it is replayed ends with an error, and does nothing more. */
import { expect } from "vitest";
import type { Group, TestRun } from "../harness/group.ts";
import { fresh } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

const fails =
  (handler: string): TestRun =>
  async ({ ingress, admin }) => {
    const { key, handler: target } = fresh("NonDeterministic");
    await ingress.call(["Counter", key, "add"], 1);
    const { invocationId } = await ingress.send(target(handler));
    const { failure } = await failureOf(ingress.attach(invocationId));
    expect(failure.code).toBe(570);
    await admin.untilStatus(invocationId, "completed");
    // What comes after the difference was never sent.
    expect(await ingress.call(["Counter", key, "get"])).toBe(1);
  };

export const nonDeterminism: Group = {
  name: "NonDeterminismErrors",
  needs: ["NonDeterministic", "Counter"],
  tests: {
    "either sleeps or calls": fails("eitherSleepOrCall"),
    "calls another handler": fails("callDifferentMethod"),
    "sends to another target": fails("backgroundInvokeWithDifferentTargets"),
    "sets another state": fails("setDifferentKey"),
  },
};
