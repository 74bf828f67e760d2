import type { StoreError } from "@rejoin/engine";
import { closedError } from "../failures.ts";
import { type Database, toStoreError } from "./database.ts";
import type { GroupWriter } from "./group-writer.ts";
import type { PartitionHead } from "./partition-head.ts";

/** What the parts of one open LevelDB store share, and whether it may still be used. */
export class LevelContext {
  readonly directory: string;
  readonly database: Database;
  readonly writer: GroupWriter;
  readonly heads: readonly PartitionHead[];
  readonly #reads = new Set<Promise<unknown>>();
  #failure: StoreError | undefined;

  constructor(parts: Pick<LevelContext, "directory" | "database" | "writer" | "heads">) {
    this.directory = parts.directory;
    this.database = parts.database;
    this.writer = parts.writer;
    this.heads = parts.heads;
  }

  /** Throws if the store is closed or has been found damaged. */
  assertUsable(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Throws if nothing can be written any more. */
  assertWritable(): void {
    this.assertUsable();
    if (this.writer.failure) throw this.writer.failure;
  }

  /** Makes every further operation fail with `error`; the first one stays. */
  fail(error: StoreError): void {
    this.#failure ??= error;
  }

  /** Runs a read; rejects with a `StoreError`. */
  async read<T>(what: string, run: () => Promise<T>): Promise<T> {
    this.assertUsable();
    const reading = run();
    this.#reads.add(reading);
    try {
      return await reading;
    } catch (error) {
      throw toStoreError(this.directory, what, error);
    } finally {
      this.#reads.delete(reading);
    }
  }

  /** Makes every further operation fail with `CLOSED`. */
  refuseNew(): void {
    this.fail(closedError(`the store in ${this.directory}`));
  }

  /** Waits for the writes and reads in flight. */
  async idle(): Promise<void> {
    await this.writer.idle();
    await Promise.allSettled(this.#reads);
  }
}
