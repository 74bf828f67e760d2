/** Scenarios in which the process is killed and starts again. */
import { expect } from "vitest";
import { keyed, type Scenario, SUSPENDS } from "./scenario.ts";
import { callAll, echo, sum } from "./scenario-scripts.ts";
import { all, first } from "./script.ts";

export const RESTARTS: readonly Scenario[] = [
  {
    name: "a restart in the middle of a fan-out: nothing is lost, nothing is done twice",
    restarts: true,
    handlers: {
      *fan(io) {
        const ids = callAll(io, "step", 12, true);
        yield all(...ids);
        return sum(io, ids);
      },
      *step(io) {
        const done = io.run(() => io.text);
        yield first(done);
        yield first(io.sleep(20 * (1 + Number(io.text))));
        return io.take(done);
      },
    },
    run: async (host) => {
      const options = { idempotencyKey: "fan" };
      await host.send("fan", "f", options);
      for (const ms of [1, 70, 40, 5]) {
        await host.ports.advance(ms);
        await host.restart();
      }
      expect((await host.call("fan", "f", options)).text).toBe("66");
      await host.rest();
    },
  },
  {
    name: "a restart while everything waits: suspended, backing off, scheduled",
    restarts: true,
    handlers: {
      suspended: {
        *script(io) {
          yield all(io.sleep(500), io.call("backingOff", "b", keyed(io, "b")));
          return "woken";
        },
        ...SUSPENDS,
      },
      backingOff(io) {
        if (io.now() < BORN + 300) {
          io.error({ nextRetryDelayMs: 200 });
          return undefined;
        }
        return "recovered";
      },
      scheduled: echo,
    },
    run: async (host) => {
      const options = { idempotencyKey: "s" };
      await host.send("suspended", "s", options);
      await host.send("scheduled", "x", { idempotencyKey: "x", delay: "400ms" });
      await host.ports.advance(50);
      await host.restart();
      await host.ports.advance(100);
      await host.restart();
      expect((await host.call("suspended", "s", options)).text).toBe("woken");
      await host.rest();
    },
  },
  {
    name: "a restart after every few turns",
    restarts: true,
    handlers: {
      *chain(io) {
        const left = Number(io.text);
        if (left === 0) return "end";
        const id = io.call("chain", String(left - 1), { idempotencyKey: `c/${left - 1}` });
        yield first(id);
        return `${left} ${io.take(id)}`;
      },
    },
    run: async (host) => {
      const options = { idempotencyKey: "top" };
      await host.send("chain", "4", options);
      for (let i = 0; i < 6; i++) {
        await host.restart();
        await host.ports.step();
      }
      expect((await host.call("chain", "4", options)).text).toBe("4 3 2 1 end");
      await host.rest();
    },
  },
];

/** The first instant of the manual clock. */
const BORN = 1_700_000_000_000;
