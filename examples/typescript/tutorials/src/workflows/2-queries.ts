/** Step 2: queries. `run` keeps what others may know in the state; a shared handler reads it. */
import { type WorkflowContext, type WorkflowSharedContext, workflow } from "@rejoin/sdk";
import type { Volunteer } from "./1-steps.ts";
import { openAccount, takePhoto } from "./office.ts";

export type Progress = "unknown" | "account" | "photo" | "done";

type State = { progress: Progress };

export const observedWelcome = workflow({
  name: "observedWelcome",
  handlers: {
    run: async (ctx: WorkflowContext<State>, { name }: Volunteer): Promise<void> => {
      ctx.set("progress", "account");
      await ctx.run("account", () => openAccount(name));
      ctx.set("progress", "photo");
      await ctx.run("photo", () => takePhoto(name));
      ctx.set("progress", "done");
    },

    progress: async (ctx: WorkflowSharedContext<State>): Promise<Progress> =>
      (await ctx.get("progress")) ?? "unknown",
  },
});
