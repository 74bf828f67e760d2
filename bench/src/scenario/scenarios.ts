/** The scenarios by their names. */
import { coldStart } from "./cold-start.ts";
import { createIdle } from "./idle.ts";
import type { Scenario } from "./scenario.ts";
import { createSleeping } from "./sleeping.ts";
import { createSoak } from "./soak.ts";

const SOAK_SUBTASKS = 1000;
const MINUTE_MS = 60_000;

export interface ScenarioSizes {
  readonly sleepers: number;
  readonly idleSeconds: number;
  readonly minutes: number;
}

export function createScenarios(sizes: ScenarioSizes): readonly Scenario[] {
  return [
    coldStart,
    createIdle(sizes.idleSeconds * 1000),
    createSleeping(sizes.sleepers),
    createSoak({ minutes: sizes.minutes, subtasks: SOAK_SUBTASKS, minuteMs: MINUTE_MS }),
  ];
}
