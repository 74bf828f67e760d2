/**
 * Calls of `echo/echo` at a fixed rate, while something else is going on: a slow answer holds up no
 * call after it, or it would hide how many of them would have been slow.
 */
import { call } from "./ingress-client.ts";

export interface EchoTimes {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const EVERY_MS = 20;
/** A server that answers nothing is not asked for ever. */
const UNDER_WAY_MAX = 1000;

/** Begins at once. */
export function startEchoProbe(ingressUrl: string): EchoProbe {
  return new EchoProbe(ingressUrl);
}

export class EchoProbe {
  readonly #url: string;
  readonly #timer: NodeJS.Timeout;
  readonly #durationsMs: number[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => undefined;
  #onAnswer: () => void = () => undefined;
  #asked = 0;

  constructor(ingressUrl: string) {
    this.#url = `${ingressUrl}/echo/echo`;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => undefined);
    this.#timer = setInterval(() => this.#ask(), EVERY_MS);
    this.#ask();
  }

  /** Resolves when so many have been answered; rejects if one was wrong. */
  async whenAnswered(count: number): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#onAnswer = () => {
        if (this.#durationsMs.length >= count) resolve();
      };
      this.#onAnswer();
    });
    await Promise.race([answered, this.#failed]);
  }

  /** Waits for the last answers, unless the server goes away; rejects if one was wrong. */
  async stop(): Promise<EchoTimes> {
    clearInterval(this.#timer);
    await Promise.race([Promise.all(this.#underWay), this.#failed]);
    const sorted = this.#durationsMs.toSorted((one, other) => one - other);
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
    return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }

  #ask(): void {
    if (this.#underWay.size >= UNDER_WAY_MAX) return;
    const asked = this.#echo(this.#asked++)
      .catch((error: unknown) => {
        // `fetch` rejects with it when there is nobody any more.
        if (!(error instanceof TypeError)) this.#fail(error);
      })
      .finally(() => this.#underWay.delete(asked));
    this.#underWay.add(asked);
  }

  async #echo(number: number): Promise<void> {
    const startedAt = performance.now();
    const echoed = await call<number>(this.#url, number);
    if (echoed !== number) throw new Error(`${number} came back as ${echoed}`);
    this.#durationsMs.push(performance.now() - startedAt);
    this.#onAnswer();
  }
}

export function formatTimes({ count, p50Ms, p99Ms, maxMs }: EchoTimes): string {
  const [p50, p99, max] = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1));
  return `${count} echoes: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`;
}
