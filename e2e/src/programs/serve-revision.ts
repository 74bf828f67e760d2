/** One revision of a service, on the reference SDK: `serve-revision <revision>`. */
import { type Context, service } from "@restatedev/restate-sdk";
import { printLine } from "../support/program-output.ts";
import { serveReference } from "../support/serve-reference.ts";

const [revision = ""] = process.argv.slice(2);

const desk = service({
  name: "desk",
  handlers: {
    which: async (_ctx: Context): Promise<string> => revision,

    /** Begins, waits for the awakeable that it prints, and ends; by which revision each. */
    wait: async (ctx: Context): Promise<readonly string[]> => {
      const begunBy = await ctx.run("begin", () => revision);
      const { id: awakeable, promise } = ctx.awakeable<string>();
      printLine("waiting", { id: ctx.request().id, awakeable });
      const answer = await promise;
      const toldBy = await ctx.serviceClient(desk).which();
      return [begunBy, answer, revision, toldBy];
    },
  },
});

serveReference(desk);
