/** Waiting for what a server does on its own. */
import { setTimeout as delay } from "node:timers/promises";

const EVERY_MS = 25;
const LIMIT_MS = 20_000;

/**
 * Tries until `attempt` succeeds; gives its result. Throws after `limitMs` with the last failure as
 * the cause.
 */
export async function eventually<T>(
  what: string,
  attempt: () => Promise<T>,
  limitMs = LIMIT_MS,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (performance.now() > deadline) {
        const last = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`not within ${limitMs} ms: ${what}; last: ${last}`, { cause });
      }
    }
    await delay(EVERY_MS);
  }
}

/** Asks until the answer is as wanted. */
export function until<T>(
  what: string,
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  limitMs = LIMIT_MS,
): Promise<T> {
  const attempt = async () => {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    throw new Error(`it was ${JSON.stringify(answer)}`);
  };
  return eventually(what, attempt, limitMs);
}
