/** A list of texts per key. */
import type { ObjectContext } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

const STATE = "list";

const read = async (ctx: ObjectContext): Promise<string[]> =>
  (await ctx.get<string[]>(STATE)) ?? [];

export function createListObject(sdk: Sdk, name = "ListObject") {
  return sdk.object({
    name,
    handlers: {
      append: async (ctx: ObjectContext, text: string): Promise<void> => {
        ctx.set(STATE, [...(await read(ctx)), text]);
      },

      get: (ctx: ObjectContext): Promise<string[]> => read(ctx),

      /** Gives what it has cleared. */
      clear: async (ctx: ObjectContext): Promise<string[]> => {
        const list = await read(ctx);
        ctx.clear(STATE);
        return list;
      },
    },
  });
}
