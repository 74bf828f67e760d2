/** Named signals from other invocations. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { interpreting, signal } from "./interpreting.ts";
import { failureOf } from "./user-errors.ts";

export const signals: Group = {
  name: "Signals",
  needs: ["VirtualObjectCommandInterpreter", "TestUtilsService"],
  tests: {
    "one that is resolved": async (running) => {
      const program = await interpreting(running, { type: "awaitOne", command: signal("sig") });
      await program.resolveSignal("sig", "hello");
      expect(await program.result()).toBe("hello");
    },

    "one that is rejected": async (running) => {
      const program = await interpreting(running, { type: "awaitOne", command: signal("sig") });
      await program.rejectSignal("sig", "boom");
      expect((await failureOf(program.result())).failure.message).toContain("boom");
    },
  },
};
