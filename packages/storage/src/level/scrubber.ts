import { isNotFound } from "./checked-file.ts";
import { toStoreError } from "./database.ts";
import type { Delay } from "./delay.ts";
import type { LevelContext } from "./level-context.ts";
import { type LiveTable, verifyTable } from "./verify/verify-files.ts";

/** Some 4 ms of work for a table of 8 MiB in this time. */
const pauseMs = 100;

/** Verifies tables in the background, one at a time; damage makes the store fail. */
export class Scrubber {
  readonly #context: LevelContext;
  readonly #delay: Delay;
  #stopped = false;

  constructor(context: LevelContext, delay: Delay) {
    this.#context = context;
    this.#delay = delay;
  }

  async run(tables: readonly LiveTable[]): Promise<void> {
    const { directory } = this.#context;
    for (const table of tables) {
      await this.#delay(pauseMs);
      if (this.#stopped) return;
      try {
        await verifyTable(directory, table);
      } catch (error) {
        // LevelDB has compacted it away.
        if (isNotFound(error)) continue;
        this.#context.fail(toStoreError(directory, `verifying file ${table.name}`, error));
        return;
      }
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}
