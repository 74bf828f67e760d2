/** Tells the version of its process, which the variable `VERSION` is. */
import type { ObjectContext, ObjectSharedContext } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

const STATE = "id";

export function createVersioned(sdk: Sdk, name = "Versioned") {
  const version = () => process.env.VERSION ?? "unknown";
  return sdk.object({
    name,
    handlers: {
      version: async (_ctx: ObjectContext): Promise<string> => version(),

      /** The version before and after an awakeable, and its value between them. */
      before: async (ctx: ObjectContext): Promise<string[]> => {
        const before = await ctx.run("before", version);
        const { id, promise } = ctx.awakeable<string>();
        ctx.set(STATE, id);
        return [before, await promise, await ctx.run("after", version)];
      },

      /** Fails for a while in the first version. */
      stumble: async (ctx: ObjectContext): Promise<string> => {
        const first = await ctx.run("first", version);
        if (version() === "v1") throw new Error("the first version stumbles");
        return `${first}, then ${version()}`;
      },

      awakeableId: sdk.handlers.object.shared(
        async (ctx: ObjectSharedContext): Promise<string | null> => await ctx.get<string>(STATE),
      ),
    },
    options: { retryPolicy: { maxAttempts: 3, onMaxAttempts: "pause", initialInterval: 10 } },
  });
}
