/** Waiting for several things at once: awakeables, sleeps, runs, signals. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { awakeable, interpreting, runReturns, runThrows, signal, sleep } from "./interpreting.ts";
import { failureOf } from "./user-errors.ts";

export const combinators: Group = {
  name: "Combinators",
  needs: ["VirtualObjectCommandInterpreter", "TestUtilsService"],
  tests: {
    "any of an awakeable and a sleep": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAny",
        commands: [awakeable("awk"), sleep(100)],
      });
      expect(await program.result()).toBe("sleep");
    },

    "an awakeable with a timeout": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAwakeableOrTimeout",
        awakeableKey: "awk",
        timeoutMillis: 100,
      });
      expect((await failureOf(program.result())).failure.message).toContain("await-timeout");
    },

    "an awakeable before its timeout": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAwakeableOrTimeout",
        awakeableKey: "awk",
        timeoutMillis: 3_600_000,
      });
      await program.resolveAwakeable("awk", "in time");
      expect(await program.result()).toBe("in time");
    },

    "the first success among failures": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAnySuccessful",
        commands: [0, 1, 2].flatMap((i) => [awakeable(`awk${i}`), runThrows(`fail${i}`)]),
      });
      await program.rejectAwakeable("awk2", "not this one");
      await program.resolveAwakeable("awk1", "awk1-result");
      expect(await program.result()).toBe("awk1-result");
    },

    "the first success of signals": async (running) => {
      const program = await interpreting(running, {
        type: "awaitFirstSucceededOrAllFailed",
        commands: [signal("sig0"), signal("sig1"), signal("sig2")],
      });
      await program.rejectSignal("sig0", "failed0");
      await program.rejectSignal("sig2", "failed2");
      await program.resolveSignal("sig1", "success1");
      expect(await program.result()).toBe("success1");
    },

    "all of three signals": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAllSucceededOrFirstFailed",
        commands: [signal("sig0"), signal("sig1"), signal("sig2")],
      });
      for (const i of [2, 0, 1]) await program.resolveSignal(`sig${i}`, `val${i}`);
      expect(await program.result()).toBe("val0|val1|val2");
    },

    "all of three signals, completed": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAllCompleted",
        commands: [signal("sig0"), signal("sig1"), signal("sig2")],
      });
      await program.resolveSignal("sig0", "val0");
      await program.rejectSignal("sig1", "err1");
      await program.resolveSignal("sig2", "val2");
      expect(await program.result()).toBe("ok:val0|err:err1|ok:val2");
    },

    "the first of three signals": async (running) => {
      const program = await interpreting(running, {
        type: "awaitFirstCompleted",
        commands: [signal("sig0"), signal("sig1"), signal("sig2")],
      });
      await program.resolveSignal("sig1", "first");
      expect(await program.result()).toBe("first");
    },

    "the first of a run and a signal": async (running) => {
      const program = await interpreting(running, {
        type: "awaitFirstCompleted",
        commands: [runReturns("runval"), signal("never")],
      });
      expect(await program.result()).toBe("runval");
    },

    "the first success of a failing run and a signal": async (running) => {
      const program = await interpreting(running, {
        type: "awaitFirstSucceededOrAllFailed",
        commands: [runThrows("fail"), signal("sig")],
      });
      await program.resolveSignal("sig", "sigval");
      expect(await program.result()).toBe("sigval");
    },

    "all of a run and a signal": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAllSucceededOrFirstFailed",
        commands: [runReturns("runval"), signal("sig")],
      });
      await program.resolveSignal("sig", "sigval");
      expect(await program.result()).toBe("runval|sigval");
    },

    "all of runs and a signal, completed": async (running) => {
      const program = await interpreting(running, {
        type: "awaitAllCompleted",
        commands: [runReturns("runval"), signal("sig"), runThrows("fail")],
      });
      await program.resolveSignal("sig", "sigval");
      expect(await program.result()).toBe("ok:runval|ok:sigval|err:fail");
    },
  },
};
