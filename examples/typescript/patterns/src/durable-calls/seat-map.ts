/** The seats of a show: each is reserved once. */
import { type ObjectContext, object } from "@rejoin/sdk";

export interface Reservation {
  readonly seat: string;
  readonly guest: string;
}

export const seatMap = object({
  name: "seatMap",
  handlers: {
    /** Whether the seat was free. */
    reserve: async (ctx: ObjectContext, { seat, guest }: Reservation): Promise<boolean> => {
      if ((await ctx.get<string>(seat)) !== null) return false;
      ctx.set(seat, guest);
      return true;
    },
  },
});
