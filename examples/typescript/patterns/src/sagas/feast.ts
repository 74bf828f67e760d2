/**
 * A saga: several bookings, or none. Each step first notes how to undo it. When one fails for good,
 * or the invocation is cancelled, what was done is undone, the last step first.
 *
 * Trouble that passes is no reason to undo anything: the step is tried again.
 */
import { type Context, service, TerminalError } from "@rejoin/sdk";
import { book, cancel, type Supplier } from "./suppliers.ts";

export interface Feast {
  readonly guests: number;
}

const SUPPLIERS: readonly Supplier[] = ["hall", "band", "kitchen"];

export const feast = service({
  name: "feast",
  handlers: {
    prepare: async (ctx: Context, { guests }: Feast): Promise<string> => {
      // Known before the first booking: what may or may not have been booked can be cancelled.
      const id = ctx.rand.uuidv4();
      const compensations: (() => Promise<void>)[] = [];
      try {
        for (const supplier of SUPPLIERS) {
          compensations.push(() => ctx.run(`cancel the ${supplier}`, () => cancel(supplier, id)));
          await ctx.run(`book the ${supplier}`, () => book(supplier, id, guests));
        }
        return id;
      } catch (error) {
        if (error instanceof TerminalError) {
          for (const compensate of compensations.reverse()) await compensate();
        }
        throw error;
      }
    },
  },
});
