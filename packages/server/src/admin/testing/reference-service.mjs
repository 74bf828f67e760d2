/** Services of the reference SDK on a port of their own, which is printed. Ends with its parent. */
import { createServer } from "node:http2";

// The reference SDK needs what Node 20 lacks.
Promise.withResolvers ??= function withResolvers() {
  const parts = {};
  parts.promise = new this((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
};

const { createEndpointHandler, object, service } = await import("@restatedev/restate-sdk");

const greeter = service({
  name: "greeter",
  handlers: {
    greet: async (_ctx, name) => `hello ${name}`,
    nap: async (ctx, durationMs) => {
      await ctx.sleep(durationMs);
      return "woke up in the reference SDK";
    },
  },
});
const counter = object({
  name: "counter",
  handlers: {
    add: async (ctx, amount) => {
      const count = ((await ctx.get("count")) ?? 0) + amount;
      ctx.set("count", count);
      return count;
    },
  },
});

const server = createServer(
  createEndpointHandler({ services: [greeter, counter], logger: () => undefined }),
);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.on("disconnect", () => process.exit(0));
