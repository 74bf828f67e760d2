/** How often to ask again: the UI must never be what a busy server is busy with. */

export interface Pace {
  /** How often to ask a server that answers at once. */
  readonly everyMs: number;
  /** How long the last answer took. */
  readonly tookMs: number;
  /** Questions without an answer in a row. */
  readonly failures: number;
}

/** At most a tenth of the time is spent on asking. */
const SHARE = 10;
const EVERY_MAX_MS = 60_000;

/** The pause before the next question. */
export function pollAfter({ everyMs, tookMs, failures }: Pace): number {
  const paused = Math.max(everyMs, tookMs * SHARE) * 2 ** Math.min(failures, 6);
  return Math.min(paused, Math.max(EVERY_MAX_MS, everyMs));
}
