/** Spans of time, as the SDK writes them. */
import type { Duration } from "@rejoin/sdk";

const MILLIS = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
};

/** Milliseconds of a duration, which must not be negative; a number has that unit already. */
export function toMillis(duration: Duration | number): number {
  const parts = typeof duration === "number" ? { milliseconds: duration } : duration;
  let millis = 0;
  for (const [unit, factor] of Object.entries(MILLIS)) {
    millis += (parts[unit as keyof typeof MILLIS] ?? 0) * factor;
  }
  if (Number.isFinite(millis) && millis >= 0) return millis;
  throw new RangeError(`time cannot move by ${JSON.stringify(duration)}: it only goes on`);
}
