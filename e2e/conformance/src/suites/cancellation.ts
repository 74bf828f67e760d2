/** Cancelling an invocation that waits for another, which waits for ever. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { eventually, until } from "../harness/eventually.ts";
import type { Group, TestRun } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import type { BlockingOperation } from "../services/cancel-test.ts";
import { waiting } from "./awakeable-ingress.ts";
import { fresh, on, proxied } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

type Cancel = (running: RunningCell, id: string) => Promise<void>;

const OVER = [404, 409];
const ANSWER_LIMIT_MS = 500;

const byAdmin: Cancel = async ({ admin }, id) => {
  const { status, text } = await admin.act(id, "cancel");
  if (status > 299 && !OVER.includes(status)) throw new Error(`${status}: ${text}`);
};

const byContext: Cancel = ({ ingress }, id) =>
  ingress.call(on("TestUtilsService", "cancelInvocation"), id);

/** Waits until the invocation holds an awakeable, and completes it. */
export async function unlock({ ingress }: RunningCell, key: string): Promise<void> {
  await until(
    `${key} holds an awakeable`,
    () => ingress.call<boolean>(["AwakeableHolder", key, "hasAwakeable"]),
    (has) => has,
  );
  await ingress.call(["AwakeableHolder", key, "unlock"], "go on");
}

/** Sends until the object answers: a cancellation may come before there is anything to cancel. */
async function cancelUntilVerified(
  running: RunningCell,
  { key, id, cancel }: { readonly key: string; readonly id: string; readonly cancel: Cancel },
): Promise<void> {
  const { ingress } = running;
  // One request for all: it is queued behind the test, and answered after it.
  const idempotencyKey = unique("verify");
  const verified = await eventually(`${key} was cancelled`, async () => {
    await cancel(running, id);
    const answer = ingress.call<boolean>(["CancelTestRunner", key, "verifyTest"], undefined, {
      idempotencyKey,
    });
    answer.catch(() => undefined);
    const late = delay(ANSWER_LIMIT_MS, "late" as const);
    const first = await Promise.race([answer, late]);
    if (first === "late") throw new Error("the object was still held");
    return first;
  });
  expect(verified).toBe(true);
  await ingress.call(["CancelTestBlockingService", key, "isUnlocked"]);
}

const started =
  (operation: BlockingOperation, cancel: Cancel, how: "sent" | "called by a proxy"): TestRun =>
  async (running) => {
    const { key, handler } = fresh("CancelTestRunner");
    const target = handler("startTest");
    const { ingress } = running;
    const id =
      how === "sent"
        ? (await ingress.send(target, operation)).invocationId
        : await ingress.call<string>(on("Proxy", "oneWayCall"), proxied(target, operation));
    await unlock(running, key);
    await cancelUntilVerified(running, { key, id, cancel });
  };

const OPERATIONS = ["CALL", "SLEEP", "AWAKEABLE"] as const;
const testsFor = (where: string, cancel: Cancel, how: "sent" | "called by a proxy") =>
  OPERATIONS.map((operation) => [
    `from ${where}, waiting for ${operation}`,
    started(operation, cancel, how),
  ]);

/** What has not begun is cancelled at once, and forgotten. */
export const cancelBeforeStart: Group = {
  name: "CancelBeforeStart",
  needs: ["AwakeableEcho"],
  tests: {
    "cancels what is scheduled": async ({ ingress, admin }) => {
      const { handler } = fresh("AwakeableEcho");
      const { invocationId } = await ingress.send(handler("wait"), undefined, {
        query: "?delay=1h",
      });
      await admin.untilStatus(invocationId, "scheduled");
      const attached = failureOf(ingress.attach(invocationId));
      await admin.mustAct(invocationId, "cancel");
      expect((await attached).status).toBeGreaterThanOrEqual(404);
      expect(await admin.read(invocationId)).toBeUndefined();
    },

    "cancels what waits for its object": async (running) => {
      const { ingress, admin } = running;
      const holder = await waiting(running);
      const { invocationId } = await ingress.send(holder.target);
      await admin.untilStatus(invocationId, "pending");
      expect((await admin.act(invocationId, "cancel")).status).toBe(200);
      expect(await admin.read(invocationId)).toBeUndefined();

      await ingress.resolveAwakeable(holder.awakeableId, "unharmed");
      expect(await holder.result).toBe("unharmed");
    },

    "kills what waits for its object": async (running) => {
      const { ingress, admin } = running;
      const holder = await waiting(running);
      const { invocationId } = await ingress.send(holder.target);
      await admin.untilStatus(invocationId, "pending");
      await admin.mustAct(invocationId, "kill");
      expect(await admin.read(invocationId)).toBeUndefined();

      await ingress.resolveAwakeable(holder.awakeableId, "unharmed");
      expect(await holder.result).toBe("unharmed");
    },
  },
};

export const cancellation: Group = {
  name: "Cancellation",
  needs: [
    "CancelTestRunner",
    "CancelTestBlockingService",
    "AwakeableHolder",
    "Proxy",
    "TestUtilsService",
  ],
  tests: Object.fromEntries([
    ...testsFor("the admin API", byAdmin, "sent"),
    ...testsFor("a handler", byContext, "called by a proxy"),
  ]),
};
