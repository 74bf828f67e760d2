/**
 * A rate limit: a bucket that fills with so many tokens a second up to a burst. Whoever takes a
 * token that is not there yet is told how long to wait for it.
 */
import { type Context, type ObjectContext, object, TerminalError } from "@rejoin/sdk";

export interface Limit {
  readonly perSecond: number;
  /** Tokens that may be taken at once. */
  readonly burst: number;
  /** Who would wait longer is refused. */
  readonly waitMsMax?: number;
}

type State = { tokens: number; filledAt: number };

export const limiter = object({
  name: "limiter",
  handlers: {
    /** Takes a token. Returns after how many milliseconds it may be used. */
    take: async (ctx: ObjectContext<State>, limit: Limit): Promise<number> => {
      const now = await ctx.date.now();
      const filledAt = (await ctx.get("filledAt")) ?? now;
      const gained = (Math.max(0, now - filledAt) / 1000) * limit.perSecond;
      const tokens = Math.min(limit.burst, ((await ctx.get("tokens")) ?? limit.burst) + gained);
      const waitMs = Math.max(0, Math.ceil(((1 - tokens) / limit.perSecond) * 1000));
      if (waitMs > (limit.waitMsMax ?? Number.POSITIVE_INFINITY)) {
        throw new TerminalError(`${ctx.key} is busy for ${waitMs} ms`, { errorCode: 429 });
      }
      ctx.set("tokens", tokens - 1);
      ctx.set("filledAt", now);
      return waitMs;
    },
  },
});

/** Waits until the limit of this name lets through. */
export async function throttle(ctx: Context, name: string, limit: Limit): Promise<void> {
  const waitMs = await ctx.objectClient(limiter, name).take(limit);
  if (waitMs > 0) await ctx.sleep(waitMs);
}
