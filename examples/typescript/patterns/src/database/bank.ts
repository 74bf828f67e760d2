/**
 * Databases: how a step that may be tried twice changes a database once.
 *
 * - A read needs nothing. It is a step if the handler decides by what it has read.
 * - A write that says what is to be, not what to add, may be repeated.
 * - Anything else goes with a token into one transaction. The token is the same in each attempt.
 */
import { type Context, service, TerminalError } from "@rejoin/sdk";
import {
  InsufficientFundsError,
  readBalance,
  setBalance,
  transferOnce,
} from "./accounts-database.ts";

export interface Account {
  readonly name: string;
  readonly cents: number;
}
export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly cents: number;
}

export const bank = service({
  name: "bank",
  handlers: {
    open: async (ctx: Context, { name, cents }: Account): Promise<void> => {
      await ctx.run("set the balance", () => setBalance(name, cents));
    },

    balance: async (_ctx: Context, name: string): Promise<number> => {
      const cents = readBalance(name);
      if (cents !== undefined) return cents;
      throw new TerminalError(`there is no account ${name}`, { errorCode: 404 });
    },

    transfer: async (ctx: Context, { from, to, cents }: Transfer): Promise<void> => {
      const token = ctx.rand.uuidv4();
      await ctx.run("transfer", () => transferOnce(token, from, to, cents));
    },
  },
  options: {
    // To try again would not help: the caller is to know.
    asTerminalError: (error) =>
      error instanceof InsufficientFundsError
        ? new TerminalError(error.message, { errorCode: 402 })
        : undefined,
  },
});
