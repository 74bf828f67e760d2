/**
 * A tree of invocations, served on port 9080: each node calls its children and adds up what they
 * count. Copied and run with either SDK, so it uses what both have. Each run prints how many are
 * being executed.
 */
import { setTimeout } from "node:timers/promises";
import { type Context, RestatePromise, serve, service } from "@rejoin/sdk";

interface Wanted {
  readonly levels: number;
  readonly width: number;
}

const runMs = 10;
let running = 0;

const tree = service({
  name: "tree",
  handlers: {
    /** The leaves below this node. */
    count: async (ctx: Context, { levels, width }: Wanted): Promise<number> => {
      const own = await ctx.run("own", () => work(levels === 0 ? 1 : 0));
      const children = Array.from({ length: levels === 0 ? 0 : width }, () =>
        ctx.serviceClient(tree).count({ levels: levels - 1, width }),
      );
      const counts = await RestatePromise.all(children);
      return counts.reduce((sum, count) => sum + count, own);
    },
  },
});

async function work(leaves: number): Promise<number> {
  running += 1;
  console.log(`running: ${running}`);
  await setTimeout(runMs);
  running -= 1;
  return leaves;
}

await serve({
  services: [tree],
  port: 9080,
});
