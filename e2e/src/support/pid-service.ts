/** A fan-out whose results say which processes they were made in. */
import { type Context, RestatePromise, service } from "@rejoin/sdk";

export interface Wanted {
  readonly parts: number;
  readonly napMs: number;
  /** Comes back. */
  readonly label: string;
}

export interface PartResult {
  readonly label: string;
  readonly begunBy: number;
  readonly endedBy: number;
}

export interface WholeResult extends PartResult {
  readonly parts: readonly PartResult[];
}

export const pids = service({
  name: "pids",
  handlers: {
    whole: async (ctx: Context, { parts, napMs, label }: Wanted): Promise<WholeResult> => {
      const begunBy = await ctx.run("begin", () => process.pid);
      const results = Array.from({ length: parts }, (_, index) =>
        ctx.serviceClient(pids).part({ napMs, label: `${label}.${index}`, parts: 0 }),
      );
      return { label, begunBy, parts: await RestatePromise.all(results), endedBy: process.pid };
    },

    part: async (ctx: Context, { napMs, label }: Wanted): Promise<PartResult> => {
      const begunBy = await ctx.run("begin", () => process.pid);
      await ctx.sleep(napMs);
      return { label, begunBy, endedBy: process.pid };
    },
  },
});
