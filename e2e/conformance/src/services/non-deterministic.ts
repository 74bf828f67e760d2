/**
 * Handlers that take another path at every other attempt. Each attempt ends when it first waits, so
 * that there is a second one, and the second failure is final.
 */
import type { ObjectContext } from "@restatedev/restate-sdk";
import { Counter } from "./counter.ts";
import type { Sdk } from "./sdk.ts";

const STATE_A = "a";
const STATE_B = "b";

export function createNonDeterministic(sdk: Sdk, name = "NonDeterministic") {
  const attempts = new Map<string, number>();
  const goesLeft = (ctx: ObjectContext): boolean => {
    const attempt = (attempts.get(ctx.key) ?? 0) + 1;
    attempts.set(ctx.key, attempt);
    return attempt % 2 === 1;
  };
  /** A step that both ways have, at which the first attempt ends. */
  const pauseThenAdd = async (ctx: ObjectContext): Promise<void> => {
    await ctx.sleep(100);
    ctx.objectSendClient(Counter, ctx.key).add(1);
  };

  return sdk.object({
    name,
    handlers: {
      eitherSleepOrCall: async (ctx: ObjectContext): Promise<void> => {
        if (goesLeft(ctx)) await ctx.sleep(100);
        else await ctx.objectClient(Counter, "elsewhere").get();
        await pauseThenAdd(ctx);
      },

      callDifferentMethod: async (ctx: ObjectContext): Promise<void> => {
        const counter = ctx.objectClient(Counter, `${ctx.key}-other`);
        if (goesLeft(ctx)) await counter.get();
        else await counter.reset();
        await pauseThenAdd(ctx);
      },

      backgroundInvokeWithDifferentTargets: async (ctx: ObjectContext): Promise<void> => {
        if (goesLeft(ctx)) ctx.objectSendClient(Counter, `${ctx.key}-left`).get();
        else ctx.objectSendClient(Counter, `${ctx.key}-right`).reset();
        await pauseThenAdd(ctx);
      },

      setDifferentKey: async (ctx: ObjectContext): Promise<void> => {
        ctx.set(goesLeft(ctx) ? STATE_A : STATE_B, "value");
        await pauseThenAdd(ctx);
      },
    },
    options: {
      inactivityTimeout: 0,
      retryPolicy: { maxAttempts: 1, onMaxAttempts: "kill", initialInterval: 1 },
    },
  });
}
