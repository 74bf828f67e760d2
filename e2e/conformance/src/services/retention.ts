/** Services that are retained for a short time, and for a long one. */
import type { Context, ObjectContext } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

const STATE = "count";
const BRIEF = { seconds: 2 };

/** Forgets results soon. */
export function createBriefCounter(sdk: Sdk, name = "BriefCounter") {
  return sdk.object({
    name,
    handlers: {
      add: async (ctx: ObjectContext, by: number) => {
        const oldValue = (await ctx.get<number>(STATE)) ?? 0;
        ctx.set(STATE, oldValue + by);
        return { oldValue, newValue: oldValue + by };
      },
    },
    options: { idempotencyRetention: BRIEF, journalRetention: BRIEF },
  });
}

/** Keeps its journal. */
export function createNapper(sdk: Sdk, name = "Napper") {
  return sdk.service({
    name,
    handlers: {
      nap: async (ctx: Context, durationMs: number): Promise<string> => {
        await ctx.sleep(durationMs);
        return "rested";
      },
    },
    options: { journalRetention: { days: 1 } },
  });
}
