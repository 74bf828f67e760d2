/** Priority queue: one press, and jobs that are more urgent than others. */
import { type Context, service, TerminalError } from "@rejoin/sdk";
import { seconds } from "../seconds.ts";
import { passing } from "./gate.ts";

export interface PrintJob {
  readonly title: string;
  readonly pages: number;
  /** The lower number goes first. */
  readonly priority: number;
}

export const printedTitles: string[] = [];

export const printShop = service({
  name: "printShop",
  handlers: {
    print: async (ctx: Context, { title, pages, priority }: PrintJob): Promise<void> => {
      await passing(ctx, { name: "press", priority }, async () => {
        if (pages < 1) throw new TerminalError(`${title} has no pages`, { errorCode: 400 });
        await ctx.sleep(seconds(pages));
        await ctx.run("print", () => {
          printedTitles.push(title);
          console.log(`[press] ${title}, ${pages} pages`);
        });
      });
    },
  },
});
