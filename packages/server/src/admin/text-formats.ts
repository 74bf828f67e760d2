/** Instants and durations as the admin API writes them. */

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/** `1d 1h 1m 1s 1ms`, without the units that are zero; `0s` for nothing. */
export function formatDuration(durationMs: number): string {
  const parts: string[] = [];
  let rest = Math.round(durationMs);
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * unitMs;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

/** The last instant that has a date. */
const INSTANT_MAX = 8.64e15;

/** `2026-11-21T17:37:46.475000000Z`, from milliseconds since the Unix epoch; at most the last date. */
export function formatInstant(instantMs: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: writes an instant that is given, reads no clock
  return new Date(Math.min(instantMs, INSTANT_MAX)).toISOString().replace("Z", "000000Z");
}

/** Milliseconds since the Unix epoch, from ISO 8601 or such a number; `undefined` if it is neither. */
export function parseInstant(text: string): number | undefined {
  // biome-ignore lint/style/noRestrictedGlobals: reads an instant that is given, not a clock
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) ? at : undefined;
}
