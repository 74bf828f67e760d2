/** Rate limits: a service in front of an API that takes so many requests a second. */
import { type Context, service } from "@rejoin/sdk";
import { throttle } from "./limiter.ts";

const API_LIMIT = { perSecond: 100, burst: 2 };

export const geocoder = service({
  name: "geocoder",
  handlers: {
    locate: async (ctx: Context, address: string): Promise<string> => {
      await throttle(ctx, "geo-api", API_LIMIT);
      return await ctx.run("look up", () => `somewhere near ${address}`);
    },
  },
});
