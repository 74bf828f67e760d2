/** Small handlers that many tests use. */
import type { Context } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export interface SignalTarget {
  readonly invocationId: string;
  readonly signalName: string;
}

export function createTestUtilsService(sdk: Sdk, name = "TestUtilsService") {
  const { binary } = sdk.serde;
  return sdk.service({
    name,
    handlers: {
      echo: async (_ctx: Context, text: string): Promise<string> => text,

      uppercaseEcho: async (_ctx: Context, text: string): Promise<string> => text.toUpperCase(),

      echoHeaders: async (ctx: Context): Promise<Record<string, string>> =>
        Object.fromEntries(ctx.request().headers),

      rawEcho: sdk.handlers.handler(
        { input: binary, output: binary },
        async (_ctx: Context, bytes: Uint8Array): Promise<Uint8Array> => bytes,
      ),

      /** How many of so many runs this very attempt has executed. */
      countExecutedSideEffects: async (ctx: Context, runs: number): Promise<number> => {
        let executed = 0;
        for (let run = 0; run < runs; run += 1) {
          await ctx.run("count", () => {
            executed += 1;
          });
        }
        return executed;
      },

      cancelInvocation: async (ctx: Context, id: string): Promise<void> => {
        ctx.cancel(sdk.InvocationIdParser.fromString(id));
      },

      resolveSignal: async (
        ctx: Context,
        { invocationId, signalName, value }: SignalTarget & { readonly value: unknown },
      ): Promise<void> => {
        const invocation = ctx.invocation(sdk.InvocationIdParser.fromString(invocationId));
        invocation.signal(signalName).resolve(value);
      },

      rejectSignal: async (
        ctx: Context,
        { invocationId, signalName, reason }: SignalTarget & { readonly reason: string },
      ): Promise<void> => {
        const invocation = ctx.invocation(sdk.InvocationIdParser.fromString(invocationId));
        invocation.signal(signalName).reject(reason);
      },
    },
  });
}

export const TestUtilsService = { name: "TestUtilsService" } as ReturnType<
  typeof createTestUtilsService
>;
