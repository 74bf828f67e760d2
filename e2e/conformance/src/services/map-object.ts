/** A state of its own per entry: for listing and clearing states. */
import type { ObjectContext, ObjectOptions } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export interface MapEntry {
  readonly key: string;
  readonly value: string;
}

export function createMapObject(sdk: Sdk, name = "MapObject", options: ObjectOptions = {}) {
  return sdk.object({
    name,
    handlers: {
      set: async (ctx: ObjectContext, { key, value }: MapEntry): Promise<void> => {
        ctx.set(key, value);
      },

      get: async (ctx: ObjectContext, key: string): Promise<string> =>
        (await ctx.get<string>(key)) ?? "",

      /** Gives what it has cleared. */
      clearAll: async (ctx: ObjectContext): Promise<MapEntry[]> => {
        const entries: MapEntry[] = [];
        for (const key of await ctx.stateKeys()) {
          entries.push({ key, value: (await ctx.get<string>(key)) ?? "" });
        }
        ctx.clearAll();
        return entries;
      },
    },
    options,
  });
}
