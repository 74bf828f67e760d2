/** How long it takes from nothing to the first answer of a handler. */
import { call } from "./calls.ts";
import { type Scenario, withSession } from "./scenario.ts";

export const coldStart: Scenario = {
  name: "cold-start",
  repeated: true,
  measure: async (target, context) => {
    const startedAt = performance.now();
    const value = await withSession(target, context, async ({ ingressUrl }) => {
      await call(ingressUrl, "/plain/echo", "hello", context);
      return performance.now() - startedAt;
    });
    return [{ metric: "first answer", unit: "ms", value }];
  },
};
