/** Random programs: whatever happens, each of their commands takes effect once. */
import { randomInt } from "node:crypto";
import { expect } from "vitest";
import { until } from "../harness/eventually.ts";
import type { Group } from "../harness/group.ts";
import { unique } from "../harness/ingress.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import { countIncrements, createDraw, drawKey, drawProgram } from "../services/program.ts";

const isFull = process.env.REJOIN_TEST_FULL !== undefined;
const PROGRAMS = isFull ? 60 : 25;
const SEED_MAX = 2 ** 32;
const LIMIT_MS = 120_000;
const NEEDS = ["ProgramLayer0", "ProgramLayer1", "ProgramLayer2", "ProgramHelper"] as const;

/** Waits until this share of all effects is there. */
type UntilShare = (share: number) => Promise<void>;

/** Sends programs, does something, and waits until all of their effects are there. */
async function runPrograms(
  running: RunningCell,
  meanwhile: (untilShare: UntilShare) => Promise<void>,
): Promise<void> {
  const { ingress } = running;
  const seed = Number(process.env.REJOIN_CONFORMANCE_SEED ?? randomInt(SEED_MAX));
  const draw = createDraw(seed);
  const prefix = unique("programs");
  const expected = new Map<string, number>();
  const programs = Array.from({ length: PROGRAMS }, () => {
    const [key, program] = [drawKey(draw, prefix), drawProgram(draw, prefix)];
    countIncrements(program, { layer: 0, key }, expected);
    return { key, program };
  });

  const sent = programs.map(({ key, program }) =>
    ingress.send(["ProgramLayer0", key, "execute"], program),
  );
  const ids = (await Promise.all(sent)).map(({ invocationId }) => invocationId);
  const what = `REJOIN_CONFORMANCE_SEED=${seed}`;
  const counters = async () => {
    const found = new Map<string, number>();
    for (const place of expected.keys()) {
      const [layer, key = ""] = place.split("/");
      found.set(place, await ingress.call<number>([`ProgramLayer${layer}`, key, "counter"]));
    }
    return found;
  };
  const untilShare: UntilShare = async (share) => {
    const wanted = share * sum(expected);
    await until(`${wanted} are counted: ${what}`, counters, (found) => sum(found) >= wanted);
  };

  await meanwhile(untilShare);
  for (const id of ids) expect(await ingress.attach(id), what).toBeUndefined();
  // Some of what they have sent may still be on its way; nothing may come after it.
  await untilShare(1);
  expect(await counters(), what).toEqual(expected);
}

function sum(counters: ReadonlyMap<string, number>): number {
  return [...counters.values()].reduce((a, b) => a + b, 0);
}

/** At once, when some effects are there, and when most are. */
async function crashRepeatedly(untilShare: UntilShare, crash: () => Promise<void>): Promise<void> {
  await crash();
  await untilShare(0.3);
  await crash();
  await untilShare(0.7);
  await crash();
}

export const programs: Group = {
  name: "Programs",
  needs: NEEDS,
  tests: {
    "take effect once": {
      limitMs: LIMIT_MS,
      run: (running) => runPrograms(running, async () => undefined),
    },
  },
};

export const programsAndCrashes: Group = {
  name: "ProgramsAndCrashes",
  needs: NEEDS,
  alone: true,
  tests: {
    "take effect once when the server is killed": {
      limitMs: LIMIT_MS,
      run: (running) =>
        runPrograms(running, (untilShare) =>
          crashRepeatedly(untilShare, () => running.server.crashAndRestart()),
        ),
    },
    "take effect once when the services are killed": {
      limitMs: LIMIT_MS,
      run: (running) =>
        runPrograms(running, (untilShare) =>
          crashRepeatedly(untilShare, () => running.crashServices()),
        ),
    },
  },
};
