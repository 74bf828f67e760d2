/**
 * What is under way inside of an environment, except for the code of handlers: steps that the server
 * has put off, reads and writes of the store, requests that are being taken.
 *
 * Whatever is not counted here happens in microtasks between two things that are, so an environment
 * is at rest when nothing is pending and nothing has been noted over a turn of the event loop.
 */
export class Activity {
  #pending = 0;
  #changes = 0;
  #waiting: (() => void)[] = [];

  /** How much is under way. */
  get pending(): number {
    return this.#pending;
  }

  /** Grows with everything that happens. */
  get changes(): number {
    return this.#changes;
  }

  /** Something has begun; call the result once when it has ended. */
  begin(): () => void {
    this.#pending += 1;
    this.touch();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#pending -= 1;
      this.touch();
    };
  }

  /** Counts a promise until it has settled. */
  async track<T>(run: () => Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await run();
    } finally {
      end();
    }
  }

  /** Something has happened. */
  touch(): void {
    this.#changes += 1;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when something has happened since {@link changes} was `seen`. */
  changed(seen: number): Promise<void> {
    if (this.#changes !== seen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
