/** Listens to named signals. */
import type { Context } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export interface StreamItem {
  readonly done: boolean;
  readonly value?: string;
}

export function createSignalListener(sdk: Sdk, name = "SignalListener") {
  /** Each wait for the same name takes the next of its signals. */
  const readStream = async (ctx: Context, signal: string): Promise<string[]> => {
    const values: string[] = [];
    for (;;) {
      const { done, value } = await ctx.signal<StreamItem>(signal);
      if (done) return values;
      values.push(value ?? "");
    }
  };

  return sdk.service({
    name,
    handlers: {
      /** Gives whatever the signal carries. */
      one: async (ctx: Context, signal: string): Promise<unknown> =>
        await ctx.signal<unknown>(signal),

      two: async (ctx: Context, [first, second]: [string, string]): Promise<string[]> =>
        await sdk.RestatePromise.all([ctx.signal<string>(first), ctx.signal<string>(second)]),

      orTimeout: async (ctx: Context, timeoutMs: number): Promise<string> => {
        const promise = ctx.signal<string>("signal").orTimeout(timeoutMs);
        return await promise.map((value, failure) =>
          failure instanceof sdk.TimeoutError ? "timed out" : `${value}`,
        );
      },

      stream: (ctx: Context): Promise<string[]> => readStream(ctx, "stream"),

      twoBatches: async (ctx: Context): Promise<string[][]> => [
        await readStream(ctx, "stream"),
        await readStream(ctx, "stream"),
      ],
    },
  });
}
