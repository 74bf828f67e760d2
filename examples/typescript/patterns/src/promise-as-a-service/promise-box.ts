/**
 * A promise by name, for any number of programs: it is completed once, keeps its outcome for as long
 * as you like, and whoever waits for it may come before or after.
 */
import { handlers, type ObjectContext, type ObjectSharedContext, object } from "@rejoin/sdk";

export type Outcome =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "failure"; readonly reason: string };

type State = { outcome: Outcome; waiting: string[] };

export const promiseBox = object({
  name: "promiseBox",
  handlers: {
    /** Whether this was the first outcome; it stays. */
    complete: async (ctx: ObjectContext<State>, outcome: Outcome): Promise<boolean> => {
      if ((await ctx.get("outcome")) !== null) return false;
      ctx.set("outcome", outcome);
      for (const id of (await ctx.get("waiting")) ?? []) settle(ctx, id, outcome);
      ctx.clear("waiting");
      return true;
    },

    /** Completes the awakeable `id` with the outcome, now or later. */
    notify: async (ctx: ObjectContext<State>, id: string): Promise<void> => {
      const outcome = await ctx.get("outcome");
      if (outcome !== null) settle(ctx, id, outcome);
      else ctx.set("waiting", [...((await ctx.get("waiting")) ?? []), id]);
    },

    peek: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<Outcome | null> => ctx.get("outcome"),
    ),
  },
});

function settle(ctx: ObjectContext<State>, id: string, outcome: Outcome): void {
  if (outcome.kind === "value") ctx.resolveAwakeable(id, outcome.value);
  else ctx.rejectAwakeable(id, outcome.reason);
}
