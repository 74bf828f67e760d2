/**
 * A process that serves, driven by its tests. The first argument is JSON: the options of `serve`,
 * and what else the process does. What happens is told by messages to the parent.
 */
import { serve, service } from "../../../../dist/index.js";

const { options, ownListener, twice } = JSON.parse(process.argv[2] ?? "{}");
const tell = (event) => process.send?.(event);
/** Handlers wait for it: a message from the parent. */
const released = new Promise((resolve) => process.once("message", resolve));

const svc = service({
  name: "svc",
  handlers: {
    nap: async (ctx) => {
      await ctx.sleep(60_000);
      return "awake";
    },
    /** Works outside of the context, then awaits. */
    work: async (ctx) => {
      tell({ kind: "working" });
      await released;
      await ctx.sleep(60_000);
    },
    leaf: async (_ctx, x) => x + 1,
  },
});

if (ownListener) process.on("SIGTERM", () => tell({ kind: "own listener" }));
try {
  const port = await serve({ services: [svc], ...options });
  if (twice) await serve({ services: [svc], port: 0 });
  tell({ kind: "listening", port });
} catch (error) {
  tell({ kind: "failed", message: error.message });
  process.disconnect();
}
