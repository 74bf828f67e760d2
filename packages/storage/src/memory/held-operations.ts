import { closedError } from "../failures.ts";
import { unavailableError } from "./memory-disk.ts";

/**
 * The operations of one memory store that wait for its fault injector. What they do, they do in
 * the very step in which the injector lets them go, unless the store has crashed by then.
 */
export class HeldOperations {
  readonly #held = new Set<() => void>();
  readonly #idle: (() => void)[] = [];
  #state: "open" | "closed" | "crashed" = "open";

  /** Throws unless the store is open. */
  assertOpen(): void {
    if (this.#state === "crashed") throw unavailableError("the memory store has crashed");
    if (this.#state === "closed") throw closedError("the memory store");
  }

  /** Runs `resume` when `held` resolves, or `onCrash` and a rejection if the store crashes first. */
  hold<T, R>(held: Promise<T>, resume: (value: T) => R, onCrash?: () => void): Promise<R> {
    this.assertOpen();
    return new Promise<R>((resolve, reject) => {
      const crash = () => {
        onCrash?.();
        reject(unavailableError("the memory store crashed during the operation"));
      };
      this.#held.add(crash);
      const settle = (outcome: () => R) => {
        if (!this.#held.delete(crash)) return;
        try {
          resolve(outcome());
        } catch (error) {
          reject(error);
        }
        this.#wakeIfIdle();
      };
      held.then(
        (value) => settle(() => resume(value)),
        (error: unknown) =>
          settle(() => {
            throw error;
          }),
      );
    });
  }

  crash(): void {
    this.#state = "crashed";
    const held = [...this.#held];
    this.#held.clear();
    for (const crash of held) crash();
    this.#wakeIfIdle();
  }

  /** Refuses new operations and waits for those that are held. */
  async close(): Promise<void> {
    if (this.#state === "open") this.#state = "closed";
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #wakeIfIdle(): void {
    if (this.#held.size > 0) return;
    for (const wake of this.#idle.splice(0)) wake();
  }
}
