/**
 * Durations as people write them in configurations: `500ms`, `30s`, `1h 30m`, `1 day`, or ISO 8601
 * (`PT30S`). A bare number is refused, its unit would be a guess; 0 needs none.
 */
const UNITS = [
  { names: ["w", "week", "weeks"], ms: 604_800_000 },
  { names: ["d", "day", "days"], ms: 86_400_000 },
  { names: ["h", "hr", "hrs", "hour", "hours"], ms: 3_600_000 },
  { names: ["m", "min", "mins", "minute", "minutes"], ms: 60_000 },
  { names: ["s", "sec", "secs", "second", "seconds"], ms: 1000 },
  { names: ["ms", "msec", "millis", "millisecond", "milliseconds"], ms: 1 },
] as const;

const FRIENDLY = /^(?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*)+$/;
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/g;
const ISO = /^p(?=.)((?:\d+(?:\.\d+)?[wd])*)(?:t((?:\d+(?:\.\d+)?[hms])+))?$/;

/** Whole milliseconds, or `undefined` if the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const lower = text.trim().toLowerCase();
  if (lower === "0") return 0;
  const iso = ISO.exec(lower);
  if (iso !== null) return sumOf(`${iso[1] ?? ""}${iso[2] ?? ""}`);
  return FRIENDLY.test(lower) ? sumOf(lower) : undefined;
}

function sumOf(text: string): number | undefined {
  let sum = 0;
  for (const [, number = "", name = ""] of text.matchAll(PART)) {
    const unit = UNITS.find(({ names }) => names.some((known) => known === name));
    if (unit === undefined) return undefined;
    sum += Number(number) * unit.ms;
  }
  return Math.round(sum);
}

/** The shortest exact text: `1m 30s`. */
export function formatDuration(durationMs: number): string {
  const parts: string[] = [];
  let rest = durationMs;
  for (const { names, ms } of UNITS) {
    const units = Math.floor(rest / ms);
    rest -= units * ms;
    if (units > 0) parts.push(`${units}${names[0]}`);
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}
