/** Failures of handlers, and what their callers see of them. */
import { expect } from "vitest";
import type { Group, TestRun } from "../harness/group.ts";
import { type Failure, IngressError } from "../harness/ingress.ts";
import { fresh, untilCount } from "./targets.ts";

const METADATA = { first: "one", second: "two" };
const MESSAGE = "my error";

/** What a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<IngressError> {
  try {
    const result = await call;
    throw new Error(`the call did not fail, but gave ${JSON.stringify(result)}`);
  } catch (error) {
    if (error instanceof IngressError) return error;
    throw error;
  }
}

const failsWithMessage =
  (handler: string): TestRun =>
  async ({ ingress }) => {
    const call = ingress.call(fresh("Failing").handler(handler), { errorMessage: MESSAGE });
    expect((await failureOf(call)).failure.message).toContain(MESSAGE);
  };

/** As it is on the wire. */
const failsWithMetadata =
  (handler: string): TestRun =>
  async ({ ingress, cell }) => {
    const body = { errorMessage: MESSAGE, metadata: METADATA };
    const answer = await ingress.tryCall(fresh("Failing").handler(handler), body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const failure = answer.json() as Failure;
    expect(failure.message).toContain(MESSAGE);
    expect(failure.metadata, `protocol ${cell.protocol}`).toMatchObject(METADATA);
  };

export const userErrors: Group = {
  name: "UserErrors",
  needs: ["Failing", "Counter"],
  tests: {
    "a handler fails": failsWithMessage("terminallyFailingCall"),

    "a handler fails again and again": async ({ ingress }) => {
      const { handler } = fresh("Failing");
      for (let time = 0; time < 3; time += 1) {
        const errorMessage = `${MESSAGE} ${time}`;
        const call = ingress.call(handler("terminallyFailingCall"), { errorMessage });
        expect((await failureOf(call)).failure.message).toContain(errorMessage);
      }
    },

    "a call fails": failsWithMessage("callTerminallyFailingCall"),
    "a run fails": failsWithMessage("terminallyFailingSideEffect"),

    "a handler fails with metadata": failsWithMetadata("terminallyFailingCall"),

    "a handler fails with metadata again and again": async (running) => {
      const fails = failsWithMetadata("terminallyFailingCall");
      for (let time = 0; time < 3; time += 1) await fails(running);
    },

    "a call fails with metadata": failsWithMetadata("callTerminallyFailingCall"),
    "a run fails with metadata": failsWithMetadata("terminallyFailingSideEffect"),

    "keeps the state of what has failed": async (running) => {
      const counter = fresh("Counter");
      await running.ingress.call(counter.handler("add"), 1);
      const call = running.ingress.call(counter.handler("addThenFail"), 1);
      expect((await failureOf(call)).failure.message).toContain(counter.key);
      await untilCount(running, counter.key, 2);
    },

    "tries again until it succeeds": async ({ ingress }) => {
      const { handler } = fresh("Failing");
      expect(await ingress.call(handler("failingCallWithEventualSuccess"))).toBe(4);
    },
  },
};
