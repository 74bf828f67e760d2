/** Concurrency limits and callers that only await. */
import { describe, expect, it } from "vitest";
import { OperatorSettings } from "../registry/operator-settings.ts";
import { Host, type HostOptions } from "./host.ts";
import { AttemptCrash, first, type Handlers, type Script } from "./script.ts";

/** A host on which one invocation may run at a time. */
async function withLimit(
  options: Pick<HostOptions, "handlers" | "version">,
  test: (host: Host) => Promise<void>,
): Promise<void> {
  const host = await Host.start({ partitions: 1, ...options });
  try {
    const settings = new OperatorSettings(host.core.registry, host.ports);
    await settings.changeService("S", { overrides: {}, concurrency: 1 });
    await test(host);
  } finally {
    await host.close();
  }
}

const child = () => "done";
const parent: Script = function* (io) {
  const id = io.call("child");
  yield first(id);
  return io.take(id);
};

describe("a caller that holds the slot that its callee waits for", () => {
  it("gives it up when it only awaits, not after its inactivity timeout", async () => {
    await withLimit({ handlers: { parent, child } }, async (host) => {
      const before = host.ports.clock.now();
      expect((await host.call("parent")).text).toBe("done");
      expect(host.ports.clock.now() - before).toBeLessThan(5000);
    });
  });

  it("does so in its next attempt, if there was none when the callee came", async () => {
    const handlers: Handlers = {
      *parent(io) {
        const id = io.call("child");
        if (io.attempt === 1) throw new AttemptCrash();
        yield first(id);
        return io.take(id);
      },
      child,
    };
    await withLimit({ handlers }, async (host) => {
      const before = host.ports.clock.now();
      expect((await host.call("parent")).text).toBe("done");
      expect(host.ports.clock.now() - before).toBeLessThan(5000);
    });
  });

  it("does so after the server has been started anew", async () => {
    // Before version 7 an attempt does not say that it awaits: it is not asked at once.
    await withLimit({ handlers: { parent, child }, version: 6 }, async (host) => {
      await host.send("parent");
      await host.found("child", ({ waitingFor }) => waitingFor !== undefined);
      const before = host.ports.clock.now();
      await host.restart();
      expect((await host.found("parent", ({ slots }) => slots.length > 0)).starts).toBe(1);
      await host.rest();
      expect(host.ports.clock.now() - before).toBeLessThan(5000);
    });
  });
});
