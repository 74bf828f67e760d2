/** Changes of files, those that come together taken as one. */
import type { CliEnvironment } from "../environment/cli-environment.ts";

/** Editors write a file in several steps, and save several files at once. */
const QUIET_MS = 100;

export class ChangeFeed {
  readonly #environment: Pick<CliEnvironment, "after">;
  #changed: string | undefined;
  #take: ((path: string) => void) | undefined;
  #cancel: () => void = () => {};

  constructor(environment: Pick<CliEnvironment, "after">) {
    this.#environment = environment;
  }

  /** A file has changed. */
  note(path: string): void {
    this.#cancel();
    this.#cancel = this.#environment.after(QUIET_MS, () => {
      this.#changed = path;
      this.#deliver();
    });
  }

  /** The last file that changed, once it has been quiet after a change that nobody has taken yet. */
  next(): Promise<string> {
    return new Promise((resolve) => {
      this.#take = resolve;
      this.#deliver();
    });
  }

  close(): void {
    this.#cancel();
  }

  #deliver(): void {
    if (this.#changed === undefined || this.#take === undefined) return;
    this.#take(this.#changed);
    this.#changed = undefined;
    this.#take = undefined;
  }
}
