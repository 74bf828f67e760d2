/**
 * A state machine: a payment is made, cancelled, or both in either order. Whatever order the
 * requests come in, and however often, the purse ends up right. The state goes away by itself.
 *
 * | state     | make        | cancel                |
 * |-----------|-------------|-----------------------|
 * | new       | → paid, or stays new if the purse is too light | → cancelled |
 * | paid      | nothing     | refund, → cancelled   |
 * | cancelled | refused     | nothing               |
 */
import {
  handlers,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  rpc,
  TerminalError,
} from "@rejoin/sdk";
import { seconds } from "../seconds.ts";
import { purse } from "./purse.ts";

export interface Order {
  readonly customer: string;
  readonly cents: number;
}
export type PaymentState = "new" | "paid" | "cancelled";

type State = { state: PaymentState; order: Order };

const RETENTION_S = 24 * 60 * 60;

export const payment = object({
  name: "payment",
  handlers: {
    make: async (ctx: ObjectContext<State>, order: Order): Promise<PaymentState> => {
      const state = await stateOf(ctx);
      if (state === "paid") return state;
      if (state === "cancelled") {
        throw new TerminalError(`${ctx.key} was cancelled`, { errorCode: 409 });
      }
      const hadEnough = await ctx.objectClient(purse, order.customer).withdraw(order.cents);
      if (!hadEnough) return state;
      ctx.set("order", order);
      return enter(ctx, "paid");
    },

    cancel: async (ctx: ObjectContext<State>): Promise<PaymentState> => {
      const order = await ctx.get("order");
      if (order !== null) {
        ctx.objectSendClient(purse, order.customer).deposit(order.cents);
        ctx.clear("order");
      }
      return (await stateOf(ctx)) === "cancelled" ? "cancelled" : enter(ctx, "cancelled");
    },

    /** Sent by the payment itself. */
    forget: async (ctx: ObjectContext<State>): Promise<void> => {
      ctx.clearAll();
    },

    state: handlers.object.shared(
      async (ctx: ObjectSharedContext<State>): Promise<PaymentState> => stateOf(ctx),
    ),
  },
});

function enter(ctx: ObjectContext<State>, state: PaymentState): PaymentState {
  const delay = seconds(RETENTION_S);
  // The payment is remembered for a day after its first step.
  ctx.objectSendClient(payment, ctx.key).forget(rpc.sendOpts<void>({ delay }));
  ctx.set("state", state);
  return state;
}

async function stateOf(ctx: ObjectSharedContext<State>): Promise<PaymentState> {
  return (await ctx.get("state")) ?? "new";
}
