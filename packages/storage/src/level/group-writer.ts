/**
 * The serialised write path: one physical write at a time, numbered consecutively. What is
 * submitted while one is in flight is merged into the next one. After a failed write nothing is
 * written any more: its outcome is unknown, and what follows it must not become durable without it.
 */
import { StoreError } from "@rejoin/engine";
import { type Database, toStoreError } from "./database.ts";
import { Scratch, WriteBatch } from "./write-batch.ts";
import { putRingRow } from "./write-ring.ts";

interface Group {
  readonly batch: WriteBatch;
  readonly onDurable: (() => void)[];
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** See the head of this file. */
export class GroupWriter {
  readonly #database: Database;
  readonly #directory: string;
  readonly #noteDurable: (number: number) => void;
  readonly #scratch = new Scratch();
  #lastNumber: number;
  #next: Group | undefined;
  #running: Promise<void> | undefined;
  #failure: StoreError | undefined;

  constructor(
    database: Database,
    options: {
      readonly directory: string;
      readonly lastNumber: number;
      readonly noteDurable: (number: number) => void;
    },
  ) {
    this.#database = database;
    this.#directory = options.directory;
    this.#lastNumber = options.lastNumber;
    this.#noteDurable = options.noteDurable;
  }

  /** What a write failed with: with `UNAVAILABLE`, every later one does. */
  get failure(): StoreError | undefined {
    return this.#failure;
  }

  /**
   * Adds the rows that `fill` puts to the next physical write, and calls `onDurable` in the order
   * of submission when it is durable. Rejects with `UNAVAILABLE` if it fails.
   */
  submit(fill: (batch: WriteBatch) => void, onDurable: () => void): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    this.#next ??= createGroup(new WriteBatch(this.#database, this.#scratch));
    const group = this.#next;
    try {
      fill(group.batch);
    } catch (error) {
      this.#fail(group, error);
      return group.written;
    }
    group.onDurable.push(onDurable);
    this.#running ??= this.#run();
    return group.written;
  }

  /** Waits until nothing is being written. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // Submissions of the same tick go into one write.
    await Promise.resolve();
    while (this.#next) {
      const group = this.#next;
      this.#next = undefined;
      const number = this.#lastNumber + 1;
      try {
        putRingRow(group.batch, number);
        await group.batch.write();
      } catch (error) {
        this.#fail(group, error);
        break;
      }
      this.#lastNumber = number;
      this.#noteDurable(number);
      for (const notify of group.onDurable) notify();
      group.resolve();
    }
    this.#running = undefined;
  }

  #fail(group: Group, error: unknown): void {
    const { cause, message } = toStoreError(this.#directory, "a write", error);
    this.#failure = new StoreError(
      "UNAVAILABLE",
      `${message}: its outcome is unknown, reopen the store`,
      { cause: cause ?? error },
    );
    group.reject(this.#failure);
    this.#next?.reject(this.#failure);
    this.#next = undefined;
  }
}

function createGroup(batch: WriteBatch): Group {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const written = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { batch, onDurable: [], written, resolve, reject };
}
