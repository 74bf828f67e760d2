/** Idempotency keys, sends, outputs, and services that are not public. */
import { expect } from "vitest";
import type { Cell } from "../harness/cell.ts";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import type { CounterUpdate } from "../services/counter.ts";
import { fresh, fromBytes, on, proxied, untilCount } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

const DELAY_MS = 2000;

/** Results may be kept for somewhat longer than they must be. */
const RETAINED_LIMIT_MS = 90_000;

/** It takes a minute. */
const oneCellOfFull = ({ server, transport, suspends, protocol }: Cell): string | undefined => {
  const isChosen = transport === "http2" && suspends === "normally" && protocol === 7;
  const isFull = process.env.REJOIN_TEST_FULL !== undefined;
  if (server === "restate" || (isChosen && isFull)) return undefined;
  return "takes a minute: npm run test:full has it in one cell";
};

export const ingress: Group = {
  name: "IngressTest",
  needs: ["Proxy"],
  tests: {
    "executes an idempotent call of an object once": {
      needs: ["Counter"],
      run: async ({ ingress }) => {
        const { handler } = fresh("Counter");
        const idempotencyKey = unique("idempotency");
        const call = () => ingress.call<CounterUpdate>(handler("add"), 2, { idempotencyKey });
        expect(await call()).toEqual({ oldValue: 0, newValue: 2 });
        expect(await call()).toEqual({ oldValue: 0, newValue: 2 });
        expect(await ingress.call(handler("get"))).toBe(2);
      },
    },

    "forgets the result of an idempotent call after its retention": {
      needs: ["BriefCounter"],
      without: oneCellOfFull,
      limitMs: 2 * RETAINED_LIMIT_MS,
      run: async ({ ingress }) => {
        const add = fresh("BriefCounter").handler("add");
        const idempotencyKey = unique("idempotency");
        const call = () => ingress.call<CounterUpdate>(add, 2, { idempotencyKey });
        expect(await call()).toEqual({ oldValue: 0, newValue: 2 });
        const later = await until(
          "the result is forgotten",
          call,
          ({ oldValue }) => oldValue !== 0,
          RETAINED_LIMIT_MS,
        );
        expect(later).toEqual({ oldValue: 2, newValue: 4 });
      },
    },

    "executes an idempotent call of a service once": {
      needs: ["Counter"],
      run: async (running) => {
        const [counter, other] = [fresh("Counter"), fresh("Counter")];
        const idempotencyKey = unique("idempotency");
        const call = (key: string) =>
          running.ingress.call(
            on("Proxy", "oneWayCall"),
            proxied(["Counter", key, "add"], 2),
            key === counter.key ? { idempotencyKey } : {},
          );
        const first = await call(counter.key);
        expect(await call(counter.key)).toBe(first);
        await call(other.key);
        await untilCount(running, other.key, 2);
        await untilCount(running, counter.key, 2);
      },
    },

    "executes an idempotent send once": {
      needs: ["Counter"],
      run: async (running) => {
        const counter = fresh("Counter");
        const idempotencyKey = unique("idempotency");
        const send = () => running.ingress.send(counter.handler("add"), 2, { idempotencyKey });
        const first = await send();
        expect(first.status).toBe("Accepted");
        expect(await send()).toMatchObject({
          status: "PreviouslyAccepted",
          invocationId: first.invocationId,
        });
        await untilCount(running, counter.key, 2);
        expect(await running.ingress.attach(first.invocationId)).toEqual({
          oldValue: 0,
          newValue: 2,
        });
        expect(await running.ingress.call(counter.handler("get"))).toBe(2);
      },
    },

    "sends with a delay": {
      needs: ["Counter"],
      run: async (running) => {
        const counter = fresh("Counter");
        const startedMs = performance.now();
        const sent = await running.ingress.send(counter.handler("add"), 1, {
          query: `?delay=${DELAY_MS}ms`,
        });
        await running.admin.untilStatus(sent.invocationId, "scheduled");
        await running.ingress.attach(sent.invocationId);
        expect(performance.now() - startedMs).toBeGreaterThanOrEqual(DELAY_MS);
        expect(await running.ingress.call(counter.handler("get"))).toBe(1);
      },
    },

    "attaches to an invocation and asks for its output, by its idempotency key": {
      needs: ["AwakeableEcho"],
      run: async ({ ingress }) => {
        const { key, handler } = fresh("AwakeableEcho");
        const idempotencyKey = unique("idempotency");
        const { invocationId } = await ingress.send(handler("wait"), undefined, { idempotencyKey });
        const path = `/restate/invocation/AwakeableEcho/${key}/wait/${idempotencyKey}`;
        expect((await failureOf(ingress.get(`${path}/output`))).status).toBe(470);
        const byId = `/restate/invocation/${invocationId}`;
        expect((await failureOf(ingress.get(`${byId}/output`))).status).toBe(470);

        const attached = [ingress.get(`${path}/attach`), ingress.get(`${byId}/attach`)];
        const id = await until(
          "the awakeable is there",
          () => ingress.call<string | null>(handler("awakeableId")),
          (found) => found !== null,
        );
        await ingress.resolveAwakeable(`${id}`, "done");
        expect(await Promise.all(attached)).toEqual(["done", "done"]);
        expect(await ingress.get(`${path}/output`)).toBe("done");
        expect(await ingress.get(`${byId}/output`)).toBe("done");
      },
    },

    "refuses what is not public, until it is": {
      needs: ["TestUtilsService"],
      run: async ({ ingress, admin, deploy }) => {
        const name = unique("Private");
        await deploy({ services: `TestUtilsService=${name}` });
        const target = [name, "echo"] as const;
        await admin.must("PATCH", `/services/${name}`, { public: false });
        const refusal = async () => (await ingress.tryCall(target, "hello")).status;
        await until("it is refused", refusal, (status) => status === 400);

        const through = await ingress.call<number[]>(
          on("Proxy", "call"),
          proxied(target, "through the proxy"),
        );
        expect(fromBytes(through)).toBe("through the proxy");

        await admin.must("PATCH", `/services/${name}`, { public: true });
        await until("it is public", refusal, (status) => status === 200);
        expect(await ingress.call(target, "hello")).toBe("hello");
      },
    },

    "knows no service and no handler of that name": async ({ ingress }) => {
      expect((await ingress.tryCall([unique("Unknown"), "any"])).status).toBe(404);
      expect((await ingress.tryCall(["Proxy", "unknown"])).status).toBe(404);
    },
  },
};
