/** Services of every kind whose values are not JSON, for clients that are told so once. */
import type {
  Context,
  ObjectContext,
  ObjectSharedContext,
  WorkflowContext,
  WorkflowSharedContext,
} from "@restatedev/restate-sdk";
import { loud } from "./loud-serde.ts";
import type { Sdk } from "./sdk.ts";

const options = { serde: loud };

export function createLoudService(sdk: Sdk, name = "LoudService") {
  return sdk.service({
    name,
    handlers: { echo: async (_ctx: Context, text: string): Promise<string> => text },
    options,
  });
}

export function createLoudObject(sdk: Sdk, name = "LoudObject") {
  return sdk.object({
    name,
    handlers: {
      append: async (ctx: ObjectContext, text: string): Promise<string> => {
        const known = (await ctx.get<string>("text")) ?? "";
        ctx.set("text", known + text);
        return known + text;
      },

      /** Waits for an awakeable, whose id {@link pending} tells. */
      hold: async (ctx: ObjectContext): Promise<unknown> => {
        const { id, promise } = ctx.awakeable();
        ctx.set("id", id);
        return await promise;
      },

      pending: sdk.handlers.object.shared(
        async (ctx: ObjectSharedContext): Promise<string | null> => await ctx.get<string>("id"),
      ),
    },
    options,
  });
}

export function createLoudWorkflow(sdk: Sdk, name = "LoudWorkflow") {
  return sdk.workflow({
    name,
    handlers: {
      run: async (ctx: WorkflowContext, text: string): Promise<string> =>
        text + (await ctx.promise<string>("rest")),

      finish: async (ctx: WorkflowSharedContext, rest: string): Promise<void> => {
        await ctx.promise<string>("rest").resolve(rest);
      },
    },
    options,
  });
}

export const LoudService = { name: "LoudService" } as ReturnType<typeof createLoudService>;
export const LoudObject = { name: "LoudObject" } as ReturnType<typeof createLoudObject>;
export const LoudWorkflow = { name: "LoudWorkflow" } as ReturnType<typeof createLoudWorkflow>;
