/** Where instants lie on the time axis of a timeline. */

export interface TimeScale {
  readonly startMs: number;
  readonly endMs: number;
}

/** A bar in per cent of the axis. */
export interface Bar {
  readonly left: number;
  readonly width: number;
}

export interface Tick {
  /** Per cent of the axis. */
  readonly at: number;
  /** Since the start. */
  readonly afterMs: number;
}

/** Bars narrower than this cannot be seen. */
const WIDTH_MIN = 0.35;
const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000,
  300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
  86_400_000,
];
const DAY_MS = 86_400_000;

/** From the first of the instants to the last; never empty. */
export function createTimeScale(startMs: number, endMs: number): TimeScale {
  return { startMs, endMs: Math.max(endMs, startMs + 1) };
}

/** The bar of what lasts from `from` to `to`; what still lasts goes to the end of the axis. */
export function toBar(scale: TimeScale, from: number, to: number | undefined): Bar {
  const spanMs = scale.endMs - scale.startMs;
  const percent = (at: number) => clamp(((at - scale.startMs) / spanMs) * 100, 0, 100);
  const left = Math.min(percent(from), 100 - WIDTH_MIN);
  const right = percent(to ?? scale.endMs);
  return { left, width: Math.max(right - left, WIDTH_MIN) };
}

/** Round places on the axis, at most `ticksMax` of them. */
export function toTicks(scale: TimeScale, ticksMax: number): Tick[] {
  const spanMs = scale.endMs - scale.startMs;
  const byDays = Math.ceil(spanMs / ticksMax / DAY_MS) * DAY_MS;
  const stepMs = STEPS_MS.find((candidate) => spanMs / candidate <= ticksMax) ?? byDays;
  const ticks: Tick[] = [];
  for (let afterMs = 0; afterMs <= spanMs; afterMs += stepMs) {
    ticks.push({ at: (afterMs / spanMs) * 100, afterMs });
  }
  return ticks;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
