/** Concurrency limits and callers that only await. */
import { describe, expect, it } from "vitest";
import { OperatorSettings } from "../registry/operator-settings.ts";
import { Host } from "./host.ts";
import { first, type Handlers } from "./script.ts";

describe("a caller that holds the slot that its callee waits for", () => {
  it("gives it up when it only awaits, not after its inactivity timeout", async () => {
    const handlers: Handlers = {
      *parent(io) {
        const id = io.call("child");
        yield first(id);
        return io.take(id);
      },
      child: () => "done",
    };
    const host = await Host.start({ handlers, partitions: 1 });
    try {
      const settings = new OperatorSettings(host.core.registry, host.ports);
      await settings.changeService("S", { overrides: {}, concurrency: 1 });
      const before = host.ports.clock.now();
      expect((await host.call("parent")).text).toBe("done");
      expect(host.ports.clock.now() - before).toBeLessThan(5000);
    } finally {
      await host.close();
    }
  });
});
