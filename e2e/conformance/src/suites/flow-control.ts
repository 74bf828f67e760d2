/** Scopes, and how many may run in them. */
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import { unlock } from "./cancellation.ts";
import { awaited, on, proxied } from "./targets.ts";

const FEATURES = ["vqueues"];
const VISITORS = 4;
const LIMIT = 2;

/** How many of these visitors stand in the gate. */
async function inside({ ingress }: RunningCell, visitors: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const visitor of visitors) {
    if (await ingress.call<boolean>(["AwakeableHolder", visitor, "hasAwakeable"])) {
      found.push(visitor);
    }
  }
  return found;
}

/** Lets everybody pass; never may more than the limit have been inside. */
async function letPass(running: RunningCell, visitors: readonly string[]): Promise<void> {
  for (let passed = 0; passed < visitors.length; ) {
    const wanted = Math.min(LIMIT, visitors.length - passed);
    const now = await until(
      `${wanted} are inside`,
      () => inside(running, visitors),
      (found) => found.length >= wanted,
    );
    expect(now.length).toBeLessThanOrEqual(LIMIT);
    for (const visitor of now) await unlock(running, visitor);
    passed += now.length;
  }
}

async function limit({ admin }: RunningCell, pattern: string): Promise<void> {
  await admin.must("PUT", "/limits/rules", [{ pattern, limits: { concurrency: LIMIT } }]);
}

const holdsSlotWhileWaiting = ({ suspends, transport }: RunningCell["cell"]) =>
  suspends === "always" || transport === "http1"
    ? "what is suspended is not counted, so that nothing can be seen of the limit"
    : undefined;

export const flowControl: Group = {
  name: "FlowControl",
  needs: ["Gate", "AwakeableHolder", "Proxy"],
  tests: {
    "keeps idempotency keys of different scopes apart": {
      features: FEATURES,
      run: async ({ ingress }) => {
        const idempotencyKey = unique("idempotency");
        const draw = (scope: string) =>
          ingress.call<string>(on("Gate", "draw"), undefined, {
            idempotencyKey,
            prefix: `/restate/scope/${scope}/call`,
          });
        const [one, other] = [unique("scope"), unique("scope")];
        const first = await draw(one);
        expect(await draw(one)).toBe(first);
        expect(await draw(other)).not.toBe(first);
      },
    },

    "lets as many of a scope run as its rule says": {
      features: FEATURES,
      without: holdsSlotWhileWaiting,
      run: async (running) => {
        const scope = unique("scope");
        await limit(running, scope);
        const visitors = Array.from({ length: VISITORS }, () => unique("visitor"));
        const sent = visitors.map((visitor) =>
          running.ingress.send(on("Gate", "pass"), visitor, {
            prefix: `/restate/scope/${scope}/send`,
          }),
        );
        const ids = (await Promise.all(sent)).map(({ invocationId }) => invocationId);
        await letPass(running, visitors);
        for (const id of ids) expect(await running.ingress.attach(id)).toBe("done");
      },
    },

    "lets as many calls of a scope and limit key run as their rule says": {
      features: FEATURES,
      without: (cell) =>
        cell.protocol < 7
          ? "an SDK can name a scope from protocol 7 on"
          : holdsSlotWhileWaiting(cell),
      run: async (running) => {
        const [scope, limitKey] = [unique("scope"), unique("limit")];
        await limit(running, `${scope}/${limitKey}`);
        const visitors = Array.from({ length: VISITORS }, () => unique("visitor"));
        const calls = visitors.map((visitor) =>
          awaited({ ...proxied(on("Gate", "pass"), visitor), scope, limitKey }),
        );
        const { invocationId } = await running.ingress.send(on("Proxy", "manyCalls"), calls);
        await letPass(running, visitors);
        await running.ingress.attach(invocationId);
      },
    },
  },
};
