/** Instants and spans of time for people. */

/** `2026-11-21 17:37:46`, in UTC: what the server writes, without the digits nobody reads. */
export function formatInstant(text: string | null | undefined): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/.exec(text ?? "");
  return match === null ? (text ?? "") : `${match[1]} ${match[2]}`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** `350 ms`, `12 s`, `3 m 5 s`, `2 d 4 h`: the two largest units. */
export function formatSpan(spanMs: number): string {
  if (spanMs < 1000) return `${Math.max(0, Math.round(spanMs))} ms`;
  let rest = spanMs;
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}
