import { connect, createAdminClient } from "@rejoin/client";
import { type ObjectContext, object } from "@rejoin/sdk";
import { expect, test } from "vitest";
import { RestateTestEnvironment } from "./index.ts";

const counter = object({
  name: "counter",
  handlers: {
    add: async (ctx: ObjectContext, by: number) => {
      const value = ((await ctx.get<number>("value")) ?? 0) + by;
      ctx.set("value", value);
      return value;
    },
  },
});

test.each(["memory", "disk"] as const)(
  "is used like the kit with a container: %s",
  async (storage) => {
    const environment = await RestateTestEnvironment.start({ services: [counter], storage });
    try {
      const ingress = connect({ url: environment.baseUrl() });
      await environment.stateOf(counter, "a").set("value", 40);
      expect(await ingress.objectClient(counter, "a").add(2)).toBe(42);
      expect(await environment.stateOf(counter, "a").getAll()).toEqual({ value: 42 });
      const admin = createAdminClient({ url: environment.adminAPIBaseUrl() });
      await admin.health();
    } finally {
      await environment.stop();
    }
  },
);

test("knows of no containers", async () => {
  const options = { services: [counter], container: {} as unknown as undefined };
  await expect(RestateTestEnvironment.start(options)).rejects.toThrow(/no container to configure/);
});
