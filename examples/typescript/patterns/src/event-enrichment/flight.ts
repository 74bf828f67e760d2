/**
 * Enriching events: those of one flight meet in one virtual object, in their order, and each finds
 * there what earlier ones have left. Whatever queue they come from, send them with an idempotency
 * key of the event, and one that is delivered twice counts once.
 */
import {
  handlers,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  TerminalError,
} from "@rejoin/sdk";

export interface Departure {
  readonly from: string;
  readonly to: string;
}
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}
export interface Flight extends Departure {
  readonly positions: readonly Position[];
}

type State = { flight: Flight };

export const flight = object({
  name: "flight",
  handlers: {
    departed: async (ctx: ObjectContext<State>, departure: Departure): Promise<void> => {
      ctx.set("flight", { ...departure, positions: [] });
    },

    located: async (ctx: ObjectContext<State>, position: Position): Promise<void> => {
      const known = await ctx.get("flight");
      if (known === null) throw new TerminalError(`${ctx.key} has not departed`);
      ctx.set("flight", { ...known, positions: [...known.positions, position] });
    },

    track: handlers.object.shared(async (ctx: ObjectSharedContext<State>): Promise<Flight> => {
      const known = await ctx.get("flight");
      if (known !== null) return known;
      throw new TerminalError(`there is no flight ${ctx.key}`, { errorCode: 404 });
    }),
  },
});
