/** A program of the command interpreter that runs, and what a test does to it meanwhile. */
import { until } from "../harness/eventually.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import type { Awaitable, Command } from "../services/commands.ts";
import { fresh, on } from "./targets.ts";

const SERVICE = "VirtualObjectCommandInterpreter";

export interface Interpreting {
  readonly invocationId: string;
  result(): Promise<string>;
  resolveAwakeable(key: string, value: string): Promise<void>;
  rejectAwakeable(key: string, reason: string): Promise<void>;
  resolveSignal(name: string, value: string): Promise<void>;
  rejectSignal(name: string, reason: string): Promise<void>;
}

export const awakeable = (awakeableKey: string): Awaitable => ({
  type: "createAwakeable",
  awakeableKey,
});
export const signal = (signalName: string): Awaitable => ({ type: "createSignal", signalName });
export const sleep = (timeoutMillis: number): Awaitable => ({ type: "sleep", timeoutMillis });
export const runReturns = (value: string): Awaitable => ({ type: "runReturns", value });
export const runThrows = (reason: string): Awaitable => ({
  type: "runThrowTerminalException",
  reason,
});

/** Sends commands to an interpreter of their own. */
export async function interpreting(
  { ingress }: RunningCell,
  ...commands: readonly Command[]
): Promise<Interpreting> {
  const { handler } = fresh(SERVICE);
  const { invocationId } = await ingress.send(handler("interpretCommands"), { commands });
  const untilAwakeable = (key: string) =>
    until(
      `the awakeable ${key} is there`,
      () => ingress.call<boolean>(handler("hasAwakeable"), key),
      (has) => has,
    );
  return {
    invocationId,
    result: () => ingress.attach(invocationId),
    resolveAwakeable: async (awakeableKey, value) => {
      await untilAwakeable(awakeableKey);
      await ingress.call(handler("resolveAwakeable"), { awakeableKey, value });
    },
    rejectAwakeable: async (awakeableKey, reason) => {
      await untilAwakeable(awakeableKey);
      await ingress.call(handler("rejectAwakeable"), { awakeableKey, reason });
    },
    resolveSignal: (signalName, value) =>
      ingress.call(on("TestUtilsService", "resolveSignal"), { invocationId, signalName, value }),
    rejectSignal: (signalName, reason) =>
      ingress.call(on("TestUtilsService", "rejectSignal"), { invocationId, signalName, reason }),
  };
}
