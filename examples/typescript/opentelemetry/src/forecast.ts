/** Two services, one of which calls the other: their attempts and steps are in one trace. */
import { type Context, rpc, service } from "@rejoin/sdk";
import { inheritedHeaders, outgoingHeaders } from "./trace-headers.ts";
import { createTracingHook } from "./tracing-hook.ts";
import { measure } from "./weather-station.ts";

const hooks = [createTracingHook("forecast")];

export const thermometer = service({
  name: "thermometer",
  handlers: {
    read: async (ctx: Context, place: string): Promise<number> =>
      ctx.run("measure", () => measure(place, outgoingHeaders())),
  },
  options: { hooks },
});

export const forecast = service({
  name: "forecast",
  handlers: {
    make: async (ctx: Context, place: string): Promise<string> => {
      const options = rpc.opts<string, number>({ headers: inheritedHeaders(ctx) });
      const degrees = await ctx.serviceClient(thermometer).read(place, options);
      return await ctx.run("write", () => `${degrees} degrees in ${place}`);
    },
  },
  options: { hooks },
});
