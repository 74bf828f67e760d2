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
  return Math.trunc(toExactMillis(duration));
}

/** Milliseconds of a duration or of a number of milliseconds, with their fractions. */
export function toExactMillis(duration: Duration | number): number {
  if (typeof duration === "number") return duration;
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = duration;
  const whole = days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
  return whole + milliseconds;
}
