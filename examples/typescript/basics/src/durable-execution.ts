/**
 * Steps that survive a crash. Kill this process wherever you like and start it again: a step that
 * was done is not done again, and the handler goes on with the one that was not.
 */
import { type Context, service } from "@rejoin/sdk";
import { announce, type Episode, transcode, upload } from "./studio.ts";

export interface Published {
  readonly id: string;
  readonly url: string;
}

export const podcast = service({
  name: "podcast",
  handlers: {
    publish: async (ctx: Context, { title }: Episode): Promise<Published> => {
      // The same id in every attempt, although it is random.
      const id = ctx.rand.uuidv4();
      const file = await ctx.run("transcode", () => transcode(title, id));
      const url = await ctx.run("upload", () => upload(file));
      await ctx.run("announce", () => announce(title, url));
      return { id, url };
    },
  },
});
