/** Calls between services. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import type { CounterUpdate } from "../services/counter.ts";
import { fresh, fromBytes, on, oneWay, proxied, untilCount } from "./targets.ts";

const DELAY_MS = 5000;

export const serviceToService: Group = {
  name: "ServiceToServiceCommunication",
  needs: ["Proxy"],
  tests: {
    "a call": {
      needs: ["TestUtilsService"],
      run: async ({ ingress }) => {
        const request = proxied(on("TestUtilsService", "uppercaseEcho"), "ping");
        const answer = await ingress.call<number[]>(on("Proxy", "call"), request);
        expect(fromBytes(answer)).toBe("PING");
      },
    },

    "a one-way call": {
      needs: ["Counter"],
      run: async (running) => {
        const counter = fresh("Counter");
        const request = proxied(counter.handler("add"), 1);
        const id = await running.ingress.call<string>(on("Proxy", "oneWayCall"), request);
        expect(id).toMatch(/^inv_/);
        await untilCount(running, counter.key, 1);
      },
    },

    "one-way calls with one idempotency key": {
      needs: ["Counter"],
      run: async (running) => {
        const [counter, other] = [fresh("Counter"), fresh("Counter")];
        const request = {
          ...proxied(counter.handler("add"), 1),
          idempotencyKey: unique("idempotency"),
        };
        const ids = [];
        for (let time = 0; time < 3; time += 1) {
          ids.push(await running.ingress.call<string>(on("Proxy", "oneWayCall"), request));
        }
        expect(new Set(ids).size).toBe(1);
        // The last of these is sent after all of those.
        const last = oneWay(proxied(other.handler("add"), 1));
        const all = [oneWay(request), oneWay(request), last];
        await running.ingress.call(on("Proxy", "manyCalls"), all);
        await untilCount(running, other.key, 1);
        await untilCount(running, counter.key, 1);
      },
    },

    "calls with one idempotency key": {
      needs: ["Counter"],
      run: async ({ ingress }) => {
        const counter = fresh("Counter");
        const idempotencyKey = unique("idempotency");
        const request = { ...proxied(counter.handler("add"), 2), idempotencyKey };
        for (let time = 0; time < 3; time += 1) {
          const answer = await ingress.call<number[]>(on("Proxy", "call"), request);
          expect(fromBytes(answer)).toEqual({ oldValue: 0, newValue: 2 });
        }
        const path = `/restate/invocation/Counter/${counter.key}/add/${idempotencyKey}`;
        const output = await ingress.get<CounterUpdate>(`${path}/output`);
        expect(output).toEqual({ oldValue: 0, newValue: 2 });
        expect(await ingress.call(counter.handler("get"))).toBe(2);
      },
    },

    "a one-way call with a delay": {
      needs: ["Counter"],
      run: async (running) => {
        const counter = fresh("Counter");
        const request = { ...proxied(counter.handler("add"), 1), delayMillis: DELAY_MS };
        const startedMs = performance.now();
        const send = () => running.ingress.call(on("Proxy", "oneWayCall"), request);
        await Promise.all(Array.from({ length: 10 }, send));
        expect(await running.ingress.call(counter.handler("get"))).toBe(0);
        // Each of them waits for its delay before it waits for the object.
        await untilCount(running, counter.key, 10);
        const elapsedMs = performance.now() - startedMs;
        expect(elapsedMs).toBeGreaterThanOrEqual(DELAY_MS);
        expect(elapsedMs).toBeLessThan(6 * DELAY_MS);
      },
    },
  },
};
