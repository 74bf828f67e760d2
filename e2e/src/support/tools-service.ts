/** A service of small handlers for the black-box tests. */
import { type Context, RestatePromise, service, TerminalError } from "@rejoin/sdk";

export interface FailureWanted {
  readonly message: string;
  readonly code: number;
  readonly metadata?: Record<string, string>;
}

export interface FanOutWanted {
  readonly count: number;
  /** Sent to every subtask, and back. */
  readonly payload: string;
}

export const tools = service({
  name: "tools",
  handlers: {
    echo: async (_ctx: Context, value: unknown): Promise<unknown> => value,

    /** An answer that the request does not hold. */
    reply: async (_ctx: Context, text: string): Promise<string> => `reply to ${text}`,

    /** What `echo` does, through a subtask. */
    relay: async (ctx: Context, value: unknown): Promise<unknown> =>
      await ctx.serviceClient(tools).echo(value),

    /** Keeps the value in the journal, and gives its length. */
    keep: async (ctx: Context, value: string): Promise<number> =>
      (await ctx.run("keep", () => value)).length,

    fanOut: async (ctx: Context, { count, payload }: FanOutWanted): Promise<string[]> => {
      const echoes = Array.from({ length: count }, (_, index) =>
        ctx.serviceClient(tools).echo(`${index}:${payload}`),
      );
      return (await RestatePromise.all(echoes)) as string[];
    },

    nap: async (ctx: Context, durationMs: number): Promise<string> => {
      await ctx.sleep(durationMs);
      return "rested";
    },

    headers: async (ctx: Context): Promise<Record<string, string>> =>
      Object.fromEntries(ctx.request().headers),

    identify: async (ctx: Context): Promise<string> => ctx.request().id,

    nothing: async (_ctx: Context): Promise<void> => undefined,

    fail: async (_ctx: Context, { message, code, metadata }: FailureWanted): Promise<never> => {
      throw new TerminalError(message, {
        errorCode: code,
        ...(metadata === undefined ? {} : { metadata }),
      });
    },
  },
});
