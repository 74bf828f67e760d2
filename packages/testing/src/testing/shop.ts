/** The services of `docs/testing.md`. */
import {
  type Context,
  type ObjectContext,
  object,
  service,
  TerminalError,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "@rejoin/sdk";

/** What stands for the world outside. */
export const bank = {
  charged: [] as number[],
  charge(amount: number): string {
    bank.charged.push(amount);
    return `payment ${bank.charged.length}`;
  },
};

export const cart = object({
  name: "cart",
  handlers: {
    add: async (ctx: ObjectContext, item: string) => {
      const items = (await ctx.get<string[]>("items")) ?? [];
      ctx.set("items", [...items, item]);
      return items.length + 1;
    },
  },
});

export const checkout = service({
  name: "checkout",
  handlers: {
    pay: async (ctx: Context, amount: number) => {
      const payment = await ctx.run("charge", () => bank.charge(amount), { maxRetryAttempts: 3 });
      await ctx.sleep({ days: 14 });
      return `${payment} can no longer be returned`;
    },
    payOrTell: async (ctx: Context, amount: number) => {
      try {
        return await ctx.run("charge", () => bank.charge(amount), { maxRetryAttempts: 3 });
      } catch (error) {
        if (error instanceof TerminalError) return "ask for another card";
        throw error;
      }
    },
  },
});

export const signup = workflow({
  name: "signup",
  handlers: {
    run: async (ctx: WorkflowContext, email: string) => {
      const { id, promise } = ctx.awakeable<string>();
      ctx.set("link", id);
      const clicked = await promise.orTimeout({ days: 1 });
      return `${email} ${clicked}`;
    },
    link: async (ctx: WorkflowSharedContext) => ctx.get<string>("link"),
  },
});
