/**
 * Transactional events: each photo that somebody posts passes several steps, some of which take
 * long. The photos of one person are handled in their order, those of others meanwhile; and no
 * partition of a queue waits for a slow one.
 */
import { handlers, type ObjectContext, type ObjectSharedContext, object } from "@rejoin/sdk";
import { seconds } from "../seconds.ts";
import { readVerdict, submitPhoto } from "./moderation.ts";

export interface Photo {
  readonly caption: string;
}

type State = { captions: string[] };

export const photoAlbum = object({
  name: "photoAlbum",
  handlers: {
    post: async (ctx: ObjectContext<State>, { caption }: Photo): Promise<void> => {
      const id = ctx.rand.uuidv4();
      await ctx.run("submit", () => submitPhoto(id, caption));

      let verdict = await ctx.run("verdict", () => readVerdict(id));
      while (verdict === "pending") {
        // Nothing runs while it sleeps, be it for days.
        await ctx.sleep(seconds(1));
        verdict = await ctx.run("verdict", () => readVerdict(id));
      }

      if (verdict === "fine")
        ctx.set("captions", [...((await ctx.get("captions")) ?? []), caption]);
    },

    show: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<string[]> =>
        (await ctx.get("captions")) ?? [],
    ),
  },
});
