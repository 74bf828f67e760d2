/** Waits for invocations that others have started. */
import type { Context } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export function createAttacher(sdk: Sdk, name = "Attacher") {
  return sdk.service({
    name,
    handlers: {
      /** Gives the other's result. */
      attach: async (ctx: Context, id: string): Promise<unknown> =>
        await ctx.invocation(sdk.InvocationIdParser.fromString(id)).attach<unknown>(),

      /** Gives what the other failed with. */
      failureOf: async (ctx: Context, id: string): Promise<{ code: number; message: string }> => {
        try {
          await ctx.invocation(sdk.InvocationIdParser.fromString(id)).attach();
        } catch (error) {
          if (!(error instanceof sdk.TerminalError)) throw error;
          return { code: error.code, message: error.message };
        }
        throw new sdk.TerminalError(`${id} did not fail`);
      },
    },
  });
}
