/** A worker of a task queue. */
import { type Context, service, TerminalError } from "@rejoin/sdk";
import { seconds } from "../seconds.ts";

export interface Recording {
  readonly title: string;
  readonly words: readonly string[];
}

export const transcriber = service({
  name: "transcriber",
  handlers: {
    transcribe: async (ctx: Context, { title, words }: Recording): Promise<string> => {
      if (words.length === 0) throw new TerminalError(`${title} is silent`, { errorCode: 422 });
      await ctx.sleep(seconds(1));
      return await ctx.run("transcribe", () => `${title}: ${words.join(" ")}`);
    },
  },
});
