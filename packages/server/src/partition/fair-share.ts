/**
 * Works of many steps, which together leave half of a partition's time to others, if there are others.
 *
 * A step ahead of a request costs that request little. But a request is several records on their way
 * to an answer, each of which would find another step ahead of it, on a server that may have been
 * started a moment ago and is slow yet.
 */
import type { Ports } from "../ports/ports.ts";

export interface FairShareOptions {
  readonly ports: Pick<Ports, "clock" | "timers">;
  /** How many records the partition has applied, whosever they were. */
  readonly applied: () => number;
}

/** A step may have waited for a slow disk, or for those others: neither was work of its own. */
const REST_MS_MAX = 20;

export class FairShare {
  private readonly options: FairShareOptions;
  /** Resolves when the next step may be taken. */
  private free: Promise<void> = Promise.resolve();

  constructor(options: FairShareOptions) {
    this.options = options;
  }

  /**
   * Takes a step, which hands in one record, after those that were to be taken before; gives what it
   * gives. If records of others are applied during a step, the next one begins after a rest as long
   * as the step.
   */
  async take<T>(step: () => Promise<T>): Promise<T> {
    const { applied, ports } = this.options;
    const { free } = this;
    let release = () => {};
    this.free = new Promise((resolve) => {
      release = resolve;
    });
    await free;
    const before = applied();
    const startedAt = ports.clock.now();
    try {
      return await step();
    } finally {
      const restMs = Math.min(ports.clock.now() - startedAt, REST_MS_MAX);
      if (restMs > 0 && applied() - before > 1) ports.timers.after(restMs, release);
      else release();
    }
  }
}
