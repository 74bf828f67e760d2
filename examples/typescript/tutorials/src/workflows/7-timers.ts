/** Step 7: timers. Waits for an answer, reminds of it now and then, and gives up in the end. */
import {
  RestatePromise,
  TerminalError,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";
import { sendMail } from "../mailbox.ts";
import { seconds } from "../seconds.ts";
import type { Volunteer } from "./1-steps.ts";

const REMINDERS_MAX = 3;

export const patientWelcome = workflow({
  name: "patientWelcome",
  handlers: {
    run: async (ctx: WorkflowContext, { name }: Volunteer): Promise<string> => {
      const agreed = ctx.promise<string>("agreed").get();
      for (let reminder = 0; reminder <= REMINDERS_MAX; reminder++) {
        const tired = ctx.sleep(seconds(4)).map(() => "tired");
        const first = await RestatePromise.race([agreed, tired]);
        if (first !== "tired") return first;
        await ctx.run("remind", () => sendMail(name, `reminder ${reminder + 1}: do you agree?`));
      }
      throw new TerminalError(`${name} did not answer`, { errorCode: 408 });
    },

    agree: async (ctx: WorkflowSharedContext): Promise<void> => {
      await ctx.promise<string>("agreed").resolve(`${ctx.key} agreed`);
    },
  },
});
