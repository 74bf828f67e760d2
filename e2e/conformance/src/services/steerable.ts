/**
 * Does what it was told beforehand, which is remembered in this process alone: the same invocation
 * may be told otherwise between two attempts.
 */
import type { Context } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export interface Steering {
  readonly key: string;
  /** What its run gives. */
  readonly value: string;
  readonly failing: "not" | "for good" | "retryably";
}

export function createSteerable(sdk: Sdk, name = "Steerable") {
  const steerings = new Map<string, Steering>();
  const steeringOf = (key: string): Steering => {
    const steering = steerings.get(key);
    if (steering === undefined) throw new sdk.TerminalError(`${key} was not steered`);
    return steering;
  };

  return sdk.service({
    name,
    handlers: {
      steer: async (_ctx: Context, steering: Steering): Promise<void> => {
        steerings.set(steering.key, steering);
      },

      /** Gives what its run gave when it was first executed. */
      go: async (ctx: Context, key: string): Promise<string> => {
        const value = await ctx.run("value", () => steeringOf(key).value);
        const { failing } = steeringOf(key);
        if (failing === "for good") throw new sdk.TerminalError("was told to fail for good");
        if (failing === "retryably") throw new Error("was told to fail");
        return value;
      },
    },
    options: {
      retryPolicy: { maxAttempts: 3, onMaxAttempts: "pause", initialInterval: 10 },
      journalRetention: { days: 1 },
    },
  });
}
