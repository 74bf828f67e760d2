/** Instants and durations as text. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Such as `740 ms`, `3.2 s`, `4m 10s`, `2h 5m`, `3d 4h`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(durationMs, 0);
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND_MS) return `${trimmed(Math.floor(ms / 100) / 10)} s`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return pair(ms, MINUTE_MS, "m", SECOND_MS, "s");
  if (ms < DAY_MS) return pair(ms, HOUR_MS, "h", MINUTE_MS, "m");
  return pair(ms, DAY_MS, "d", HOUR_MS, "h");
}

/** Such as `12 s ago`, `in 3m 4s`, `just now`. */
export function formatAgo(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (Math.abs(ms) < SECOND_MS) return "just now";
  return ms > 0 ? `${formatDuration(coarse(ms))} ago` : `in ${formatDuration(coarse(-ms))}`;
}

/** A local time: `14:05:09.123` today, else with its date. */
export function formatInstant(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const withMs = `${time}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  return at.toDateString() === new Date(nowMs).toDateString() ? withMs : `${dateOf(at)} ${time}`;
}

/** ISO 8601 text as milliseconds; `undefined` if it is absent or none. */
export function parseInstant(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function pair(ms: number, unitMs: number, unit: string, restMs: number, rest: string): string {
  const count = Math.floor(ms / unitMs);
  const remainder = Math.floor((ms % unitMs) / restMs);
  return remainder === 0 ? `${count}${unit}` : `${count}${unit} ${remainder}${rest}`;
}

/** One decimal, unless it is zero. */
function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

/** Whole seconds: what counts on the screen need not flicker. */
function coarse(ms: number): number {
  return Math.max(Math.floor(ms / SECOND_MS) * SECOND_MS, SECOND_MS);
}

function dateOf(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
