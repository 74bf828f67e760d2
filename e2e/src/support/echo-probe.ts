/** Calls of `echo/echo`, one after the other, while something else is going on. */
import { call } from "./ingress-client.ts";

export interface EchoTimes {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Begins at once. */
export function startEchoProbe(ingressUrl: string): EchoProbe {
  return new EchoProbe(ingressUrl);
}

export class EchoProbe {
  readonly #durationsMs: number[] = [];
  readonly #done: Promise<void>;
  #isStopped = false;
  #onAnswer: () => void = () => undefined;

  constructor(ingressUrl: string) {
    this.#done = this.#run(`${ingressUrl}/echo/echo`);
    this.#done.catch(() => undefined);
  }

  /** Resolves when so many have been answered; rejects if one was wrong. */
  async whenAnswered(count: number): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#onAnswer = () => {
        if (this.#durationsMs.length >= count) resolve();
      };
    });
    await Promise.race([answered, this.#done]);
  }

  /** Waits for the last answer, unless the server goes away; rejects if one was wrong. */
  async stop(): Promise<EchoTimes> {
    this.#isStopped = true;
    await this.#done.catch((error: unknown) => {
      // `fetch` rejects with it when there is nobody any more.
      if (!(error instanceof TypeError)) throw error;
    });
    const sorted = this.#durationsMs.toSorted((one, other) => one - other);
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
    return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }

  async #run(url: string): Promise<void> {
    for (let number = 0; !this.#isStopped; number++) {
      const startedAt = performance.now();
      const echoed = await call<number>(url, number);
      this.#durationsMs.push(performance.now() - startedAt);
      if (echoed !== number) throw new Error(`${number} came back as ${echoed}`);
      this.#onAnswer();
    }
  }
}

export function formatTimes({ count, p50Ms, p99Ms, maxMs }: EchoTimes): string {
  const [p50, p99, max] = [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1));
  return `${count} echoes: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`;
}
