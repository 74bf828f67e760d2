/** Runs programs that a test sends, and keeps their results. */
import type { ObjectContext, ObjectSharedContext } from "@restatedev/restate-sdk";
import {
  awakeableState,
  type Command,
  findAwakeable,
  interpret,
  type Rejection,
  type Resolution,
} from "./commands.ts";
import type { Sdk } from "./sdk.ts";

const RESULTS = "results";

export function createCommandInterpreter(sdk: Sdk, name = "VirtualObjectCommandInterpreter") {
  const { shared } = sdk.handlers.object;
  return sdk.object({
    name,
    handlers: {
      /** Gives the last result. */
      interpretCommands: async (
        ctx: ObjectContext,
        { commands }: { readonly commands: readonly Command[] },
      ): Promise<string> => {
        let result = "";
        for (const command of commands) {
          result = await interpret(sdk, ctx, command);
          ctx.set(RESULTS, [...((await ctx.get<string[]>(RESULTS)) ?? []), result]);
        }
        return result;
      },

      resolveAwakeable: shared(
        async (ctx: ObjectSharedContext, { awakeableKey, value }: Resolution): Promise<void> => {
          ctx.resolveAwakeable(await findAwakeable(sdk, ctx, awakeableKey), value);
        },
      ),

      rejectAwakeable: shared(
        async (ctx: ObjectSharedContext, { awakeableKey, reason }: Rejection): Promise<void> => {
          ctx.rejectAwakeable(await findAwakeable(sdk, ctx, awakeableKey), reason);
        },
      ),

      hasAwakeable: shared(
        async (ctx: ObjectSharedContext, awakeableKey: string): Promise<boolean> =>
          (await ctx.get<string>(awakeableState(awakeableKey))) !== null,
      ),

      getResults: shared(
        async (ctx: ObjectSharedContext): Promise<string[]> =>
          (await ctx.get<string[]>(RESULTS)) ?? [],
      ),
    },
  });
}
