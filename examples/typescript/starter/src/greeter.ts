/** A service with one handler. Input and output have schemas: they are checked, and documented. */
import { type Context, createServiceHandler, serde, service } from "@rejoin/sdk";
import { z } from "zod";
import { sendCard } from "./post-office.ts";

const Greeting = z.object({ name: z.string().min(1) });
const Greeted = z.object({ message: z.string(), card: z.string() });

export const greeter = service({
  name: "greeter",
  handlers: {
    greet: createServiceHandler(
      { input: serde.schema(Greeting), output: serde.schema(Greeted) },
      async (ctx: Context, { name }) => {
        const message = `Hello, ${name}!`;
        // A step: if the process crashes behind it, no second card is sent.
        const card = await ctx.run("send a card", () => sendCard(name, message));
        await ctx.sleep({ milliseconds: 10 });
        return { message, card };
      },
    ),
  },
});
