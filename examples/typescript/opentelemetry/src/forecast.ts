/** Two services, one of which calls the other: their attempts and steps are in one trace. */
import { trace } from "@opentelemetry/api";
import { type Context, rpc, service } from "@rejoin/sdk";
import { openTelemetryHook } from "@rejoin/sdk/opentelemetry";
import { inheritedHeaders, outgoingHeaders } from "./trace-headers.ts";
import { measure } from "./weather-station.ts";

/** The spans go to whatever is registered when an attempt begins. */
const hooks = [openTelemetryHook({ tracer: () => trace.getTracer("forecast") })];

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
