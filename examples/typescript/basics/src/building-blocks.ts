/** What a handler can do durably, in the story of a bicycle that is brought in for repair. */
import { type Context, rpc, service, TimeoutError } from "@rejoin/sdk";
import { sendMail } from "./mailbox.ts";
import { seconds } from "./seconds.ts";
import { scoreboard } from "./virtual-objects.ts";

export interface Bicycle {
  readonly owner: string;
  readonly defects: readonly string[];
  /** How long the owner may think about the price. */
  readonly answerWithinMs: number;
}

export const repairShop = service({
  name: "repairShop",
  handlers: {
    bringIn: async (ctx: Context, bicycle: Bicycle): Promise<string> => {
      const { owner, defects, answerWithinMs } = bicycle;

      // A call: waits for another handler. While it waits, this one may be away from memory.
      const price = await ctx.serviceClient(repairShop).estimate(bicycle);

      // An awakeable: whoever has its id completes it, over HTTP or from another handler.
      const consent = ctx.awakeable<boolean>();

      // A step: what it returns is recorded, and it is not taken again.
      await ctx.run("ask the owner", () =>
        sendMail(owner, `${price} euros? Answer to ${consent.id}`),
      );

      // A timeout on anything durable. The clock goes on while the process is down.
      const isWanted = await consent.promise.orTimeout(answerWithinMs).catch((error: unknown) => {
        if (error instanceof TimeoutError) return false;
        throw error;
      });
      if (!isWanted) return `not repaired: ${owner} did not agree to ${price} euros`;

      // A durable sleep, of seconds or of months.
      await ctx.sleep(seconds(defects.length));

      // Messages: delivered for certain, and not waited for; the second one a while later.
      ctx.objectSendClient(scoreboard, owner).add(defects.length);
      ctx.serviceSendClient(repairShop).askForReview(owner, rpc.sendOpts({ delay: seconds(2) }));

      return `repaired for ${price} euros: ${defects.join(", ")}`;
    },

    estimate: async (_ctx: Context, { defects }: Bicycle): Promise<number> => 20 * defects.length,

    askForReview: async (ctx: Context, owner: string): Promise<void> => {
      await ctx.run("ask for a review", () => sendMail(owner, "How does it ride?"));
    },
  },
});
