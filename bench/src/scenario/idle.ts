/** What a server costs while nothing happens. */
import { setTimeout as delay } from "node:timers/promises";
import { untilQuiet } from "./quiet.ts";
import { type Metric, MIB, type Scenario, withSession } from "./scenario.ts";

const QUIET_WINDOW_MS = 500;
const QUIET_LIMIT_MS = 30_000;

/** Looks for `idleMs`. */
export function createIdle(idleMs: number): Scenario {
  return {
    name: "idle",
    repeated: false,
    measure: (target, context) =>
      withSession(target, context, async (session) => {
        const windowMs = Math.min(QUIET_WINDOW_MS, idleMs);
        await untilQuiet(session, { windowMs, limitMs: QUIET_LIMIT_MS });
        const { processes: before } = await session.usage();
        const startedAt = performance.now();
        await delay(idleMs);
        const { processes: after } = await session.usage();
        const elapsedUs = (performance.now() - startedAt) * 1000;
        return after.flatMap(({ name, cpuUs, rssBytes }, i): readonly Metric[] => {
          const earlier = before[i]?.cpuUs;
          const known = cpuUs !== undefined && earlier !== undefined;
          const share = known ? ((cpuUs - earlier) / elapsedUs) * 100 : undefined;
          const memory = rssBytes === undefined ? undefined : rssBytes / MIB;
          // The first is the server, whatever else it holds.
          const what = i === 0 ? "server" : name;
          return [
            { metric: `memory of ${what}`, unit: "MiB", value: memory },
            { metric: `CPU of ${what}`, unit: "%", value: share },
          ];
        });
      }),
  };
}
