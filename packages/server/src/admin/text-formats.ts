/** Instants and durations as the admin API writes them. */

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;
const MS_PER_DAY = 86_400_000;

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

/** `2026-11-21T17:37:46.475000000Z`, from milliseconds since the Unix epoch. */
export function formatInstant(instantMs: number): string {
  const day = Math.floor(instantMs / MS_PER_DAY);
  const { year, month, date } = civil(day);
  const ms = instantMs - day * MS_PER_DAY;
  const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  const time = clock.map((part) => padded(part, 2)).join(":");
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(date, 2)}T${time}.${padded(ms % 1000, 3)}000000Z`;
}

/** The Gregorian date of a day since 1970-01-01: years of 400 start on the first of March. */
function civil(day: number): { readonly year: number; readonly month: number; readonly date: number } {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date };
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
