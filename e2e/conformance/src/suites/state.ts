/** State of virtual objects. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import type { ServiceName } from "../services/catalogue.ts";
import type { CounterUpdate } from "../services/counter.ts";
import type { MapEntry } from "../services/map-object.ts";
import { fresh, on, oneWay, proxied, untilCount } from "./targets.ts";

/** With the state sent along, or asked for key by key. */
const stateOf = (name: string, counterName: ServiceName, mapName: ServiceName): Group => ({
  name,
  needs: [counterName, mapName, "Proxy"],
  tests: {
    "adds to what is stored": async ({ ingress }) => {
      const counter = fresh(counterName);
      const first = await ingress.call<CounterUpdate>(counter.handler("add"), 1);
      expect(first).toEqual({ oldValue: 0, newValue: 1 });
      const second = await ingress.call<CounterUpdate>(counter.handler("add"), 2);
      expect(second).toEqual({ oldValue: 1, newValue: 3 });
      expect(await ingress.call(counter.handler("get"))).toBe(3);
    },

    "resets what is stored": async ({ ingress }) => {
      const counter = fresh(counterName);
      await ingress.call(counter.handler("add"), 5);
      await ingress.call(counter.handler("reset"));
      expect(await ingress.call(counter.handler("get"))).toBe(0);
    },

    "adds by one-way calls": async (running) => {
      const counter = fresh(counterName);
      const add = oneWay(proxied(counter.handler("add"), 1));
      await running.ingress.call(on("Proxy", "manyCalls"), [add, add, add]);
      await untilCount(running, counter.key, 3, counterName);
    },

    "adds concurrent requests one after another": async ({ ingress }) => {
      const counter = fresh(counterName);
      const adds = Array.from({ length: 20 }, () =>
        ingress.call<CounterUpdate>(counter.handler("add"), 1),
      );
      const oldValues = (await Promise.all(adds)).map(({ oldValue }) => oldValue);
      expect(oldValues.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    },

    "lists and clears all of one object": async ({ ingress }) => {
      const [map, other] = [fresh(mapName), fresh(mapName)];
      const entries: MapEntry[] = [
        { key: "my-key-0", value: "my-value-0" },
        { key: "my-key-1", value: "my-value-1" },
      ];
      for (const entry of entries) {
        await ingress.call(map.handler("set"), entry);
        await ingress.call(other.handler("set"), entry);
      }
      const cleared = await ingress.call<MapEntry[]>(map.handler("clearAll"));
      expect(cleared.sort((a, b) => a.key.localeCompare(b.key))).toEqual(entries);
      for (const { key, value } of entries) {
        expect(await ingress.call(map.handler("get"), key)).toBe("");
        expect(await ingress.call(other.handler("get"), key)).toBe(value);
      }
    },
  },
});

export const state = stateOf("State", "Counter", "MapObject");
export const lazyState = stateOf("LazyState", "LazyCounter", "LazyMapObject");
