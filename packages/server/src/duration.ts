/**
 * Durations as people write them: `10s`, `1h 30m`, `60 sec`, `500ms`, or ISO 8601 (`PT60S`). A bare
 * number is refused: its unit would be a guess.
 */
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  msec: 1,
  millis: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hrs: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
};
const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)[\s,]*/gy;
const ISO =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const ISO_UNITS_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000];

/** Milliseconds, or `undefined` if the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  return parseIso(trimmed.toUpperCase()) ?? parseFriendly(trimmed.toLowerCase());
}

function parseIso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null || text.endsWith("P") || text.endsWith("T")) return undefined;
  let sum = 0;
  ISO_UNITS_MS.forEach((unit, i) => {
    sum += Number(match[i + 1] ?? 0) * unit;
  });
  return Math.round(sum);
}

function parseFriendly(text: string): number | undefined {
  let sum = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let match = PART.exec(text); match !== null; match = PART.exec(text)) {
    const unit = UNIT_MS[match[2] ?? ""];
    if (unit === undefined) return undefined;
    sum += Number(match[1]) * unit;
    end = PART.lastIndex;
  }
  return end > 0 && end === text.length ? Math.round(sum) : undefined;
}
