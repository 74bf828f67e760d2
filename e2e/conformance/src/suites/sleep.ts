/** Durable timers. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import { findHostPort, type RunningCell } from "../harness/running-cell.ts";
import { startServiceHost } from "../harness/service-host.ts";
import type { Command } from "../services/commands.ts";
import { fresh } from "./targets.ts";

const sleep = (timeoutMillis: number): Command => ({
  type: "awaitOne",
  command: { type: "sleep", timeoutMillis },
});

const TIMERS_MAY_BE_EARLY_MS = 2;
const LONG_SLEEP_MS = 4000;

export const sleeps: Group = {
  name: "Sleep",
  needs: ["VirtualObjectCommandInterpreter"],
  tests: {
    "sleeps as long as it should": async ({ ingress }) => {
      const sleeper = fresh("VirtualObjectCommandInterpreter");
      const startedMs = performance.now();
      const body = { commands: [sleep(10)] };
      expect(await ingress.call(sleeper.handler("interpretCommands"), body)).toBe("sleep");
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(10 - TIMERS_MAY_BE_EARLY_MS);
    },

    "sleeps many times in many invocations": async ({ ingress }) => {
      const sleepers = Array.from({ length: 50 }, async (_, sleeper) => {
        const commands = Array.from({ length: 20 }, (_, i) =>
          sleep(10 + ((sleeper * 7 + i * 13) % 41)),
        );
        const target = fresh("VirtualObjectCommandInterpreter").handler("interpretCommands");
        return await ingress.call(target, { commands });
      });
      expect(new Set(await Promise.all(sleepers))).toEqual(new Set(["sleep"]));
    },

    "outlives services that are killed": (running) => survive(running, "kill"),

    "outlives services that are stopped": (running) => survive(running, "stop"),
  },
};

/** Ends the sleeper's process in the midst, and starts it again. */
async function survive({ cell, deploy, ingress, admin }: RunningCell, how: "kill" | "stop") {
  const name = unique("Sleeper");
  const options = {
    services: `VirtualObjectCommandInterpreter=${name}`,
    port: await findHostPort(),
  };
  const { host } = await deploy(options);
  const startedMs = performance.now();
  const { invocationId } = await ingress.send([name, "any", "interpretCommands"], {
    commands: [sleep(LONG_SLEEP_MS)],
  });
  // From now on it sleeps, in the first attempt or suspended.
  await admin.untilJournaled(invocationId, "Command: Sleep");
  await host.child[how]();
  const again = await startServiceHost(cell, options);
  try {
    expect(await ingress.attach(invocationId)).toBe("sleep");
    const elapsedMs = performance.now() - startedMs;
    expect(elapsedMs).toBeGreaterThanOrEqual(LONG_SLEEP_MS - TIMERS_MAY_BE_EARLY_MS);
  } finally {
    await again.child.kill();
  }
}
