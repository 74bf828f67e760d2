/**
 * Batching: readings of a meter are collected and archived together, as soon as there are enough of
 * them, or some time after the first. The timer is a delayed message of the object to itself.
 */
import { type InvocationId, type ObjectContext, object, rpc } from "@rejoin/sdk";
import { seconds } from "../seconds.ts";
import { archive } from "./archive.ts";

type State = { readings: number[]; timer: InvocationId };

const BATCH_SIZE = 5;

export const meter = object({
  name: "meter",
  handlers: {
    record: async (ctx: ObjectContext<State>, reading: number): Promise<void> => {
      const readings = [...((await ctx.get("readings")) ?? []), reading];
      ctx.set("readings", readings);
      if (readings.length === BATCH_SIZE) {
        const timer = await ctx.get("timer");
        if (timer !== null) ctx.invocation(timer).cancel();
        await archiveReadings(ctx);
      } else if (readings.length === 1) {
        const later = rpc.sendOpts<void>({ delay: seconds(30) });
        ctx.set("timer", await ctx.objectSendClient(meter, ctx.key).flush(later).invocationId);
      }
    },

    /** Archives what there is. */
    flush: async (ctx: ObjectContext<State>): Promise<void> => archiveReadings(ctx),
  },
});

async function archiveReadings(ctx: ObjectContext<State>): Promise<void> {
  const readings = await ctx.get("readings");
  if (readings === null) return;
  await ctx.run("archive", () => archive({ meter: ctx.key, readings }));
  ctx.clearAll();
}
