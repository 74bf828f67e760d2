/** A span of time: the sum of the parts that are given. */
export type Duration = {
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
  milliseconds?: number;
};

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Whole milliseconds of a duration or of a number of milliseconds; fractions are cut off. */
export function toMillis(duration: Duration | number): number {
  if (typeof duration === "number") return Math.trunc(duration);
  return Math.trunc(
    (duration.milliseconds ?? 0) +
      (duration.seconds ?? 0) * SECOND_MS +
      (duration.minutes ?? 0) * MINUTE_MS +
      (duration.hours ?? 0) * HOUR_MS +
      (duration.days ?? 0) * DAY_MS,
  );
}
