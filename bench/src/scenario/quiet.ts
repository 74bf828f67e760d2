/** Waiting until the processes of a target have nothing to do any more. */
import { setTimeout as delay } from "node:timers/promises";
import { sumOfKnown } from "../stats.ts";
import type { Session } from "../target/target.ts";

/** This share of a core is what a program needs that only waits. */
const QUIET_SHARE = 0.1;

export interface QuietOptions {
  /** How long it has to be quiet. */
  readonly windowMs: number;
  readonly limitMs: number;
}

/** Whether they have become quiet within the limit; if that cannot be seen, after a window. */
export async function untilQuiet(
  session: Session,
  { windowMs, limitMs }: QuietOptions,
): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  let before = await cpuUsOf(session);
  while (performance.now() < deadline) {
    const startedAt = performance.now();
    await delay(windowMs);
    const after = await cpuUsOf(session);
    if (after === undefined || before === undefined) return true;
    const share = (after - before) / 1000 / (performance.now() - startedAt);
    if (share < QUIET_SHARE) return true;
    before = after;
  }
  return false;
}

export async function cpuUsOf(session: Session): Promise<number | undefined> {
  const { processes } = await session.usage();
  return sumOfKnown(processes.map(({ cpuUs }) => cpuUs));
}

/** The resident set of the process that comes first: the server. */
export async function serverRssBytes(session: Session): Promise<number | undefined> {
  return (await session.usage()).processes[0]?.rssBytes;
}
