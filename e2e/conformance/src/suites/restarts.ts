/** What a server knows after it was ended and started again. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import { waiting } from "./awakeable-ingress.ts";
import { fresh, on } from "./targets.ts";

async function survive({ ingress }: RunningCell, restart: () => Promise<void>): Promise<void> {
  const counter = fresh("Counter");
  const first = await ingress.call(counter.handler("add"), 1);
  expect(first).toEqual({ oldValue: 0, newValue: 1 });
  await restart();
  const second = await ingress.call(counter.handler("add"), 2);
  expect(second).toEqual({ oldValue: 1, newValue: 3 });
}

/** What waits when the server ends goes on waiting, and is woken. */
async function waitOn(running: RunningCell, restart: () => Promise<void>): Promise<void> {
  const { ingress, admin } = running;
  const awaiting = await waiting(running);
  const queued = await ingress.send(awaiting.target);
  const workflow = fresh("BlockAndWaitWorkflow").handler;
  const run = await ingress.send(workflow("run"), "input", { idempotencyKey: null });
  await admin.untilJournaled(run.invocationId, "Command: GetPromise");
  const napping = await ingress.send(on("Napper", "nap"), NAP_MS);
  await admin.untilJournaled(napping.invocationId, "Command: Sleep");
  const counter = fresh("Counter");
  const scheduled = await ingress.send(counter.handler("add"), 1, { query: `?delay=${NAP_MS}ms` });

  await restart();
  await ingress.resolveAwakeable(awaiting.awakeableId, "woken");
  expect(await ingress.attach(awaiting.invocationId)).toBe("woken");
  await ingress.call(workflow("unblock"), "unblocked");
  expect(await ingress.attach(run.invocationId)).toBe("unblocked");
  expect(await ingress.attach(napping.invocationId)).toBe("rested");
  expect(await ingress.attach(scheduled.invocationId)).toEqual({ oldValue: 0, newValue: 1 });

  const id = await until(
    "what waited for the object has begun",
    () => ingress.call<string | null>([awaiting.target[0], awaiting.target[1], "awakeableId"]),
    (found) => found !== null && found !== awaiting.awakeableId,
  );
  await ingress.resolveAwakeable(`${id}`, "its turn");
  expect(await ingress.attach(queued.invocationId)).toBe("its turn");
}

const NAP_MS = 3000;
const LIMIT_MS = 90_000;

export const killRuntime: Group = {
  name: "KillRuntime",
  needs: ["Counter"],
  alone: true,
  tests: {
    "keeps state when the server is killed": {
      limitMs: LIMIT_MS,
      run: (running) => survive(running, () => running.server.crashAndRestart()),
    },
    "goes on with what waited when the server is killed": {
      needs: ["AwakeableEcho", "BlockAndWaitWorkflow", "Napper"],
      limitMs: LIMIT_MS,
      run: (running) => waitOn(running, () => running.server.crashAndRestart()),
    },
  },
};

export const stopRuntime: Group = {
  name: "StopRuntime",
  needs: ["Counter"],
  alone: true,
  tests: {
    "keeps state when the server is stopped": {
      limitMs: LIMIT_MS,
      run: (running) => survive(running, () => running.server.stopAndRestart()),
    },
  },
};
