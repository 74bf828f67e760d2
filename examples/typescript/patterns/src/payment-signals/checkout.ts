/**
 * Signals: most cards answer at once, some later by a webhook. The handler waits for either in the
 * same place, and the customer's request with it, without a table of open payments.
 */
import { type Context, service, TerminalError } from "@rejoin/sdk";
import { type ChargeEvent, charge } from "./acquirer.ts";

export interface Payment {
  readonly card: string;
  readonly cents: number;
}

export const checkout = service({
  name: "checkout",
  handlers: {
    pay: async (ctx: Context, { card, cents }: Payment): Promise<string> => {
      const { id: reference, promise: event } = ctx.awakeable<ChargeEvent>();
      const idempotencyKey = ctx.rand.uuidv4();
      const made = await ctx.run("charge", () =>
        charge({ card, cents, idempotencyKey, reference }),
      );
      const { status } = made.status === "processing" ? await event : made;
      if (status === "declined") {
        throw new TerminalError(`the card ${card} was declined`, { errorCode: 402 });
      }
      return made.id;
    },

    /** The address that the acquirer is given: `/checkout/webhook`. */
    webhook: async (ctx: Context, event: ChargeEvent): Promise<void> => {
      ctx.resolveAwakeable(event.reference, event);
    },
  },
});
