/** What the cron example calls; it knows nothing of schedules. */
import { type Context, service } from "@rejoin/sdk";

export const sweptRooms: string[] = [];

export const housekeeping = service({
  name: "housekeeping",
  handlers: {
    sweep: async (ctx: Context, room: string): Promise<void> => {
      await ctx.run("sweep", () => {
        sweptRooms.push(room);
        console.log(`[housekeeping] swept the ${room}`);
      });
    },
  },
});
