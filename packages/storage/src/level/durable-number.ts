/**
 * The file `durable-commit`, outside LevelDB, holds a write number known durable. Behind by at most
 * `intervalMs` while the store works and exact once it is closed, it tells a log that has lost its
 * end from one that never had it.
 */
import { readCheckedFile, writeCheckedFile } from "./checked-file.ts";
import type { Delay } from "./delay.ts";

/** The file's name in the directory of the store. */
export const durableFileName = "durable-commit";

const intervalMs = 100;

/** What the file says; `doubt` says in words why it says nothing. */
export type DurableNumber =
  | { readonly number: number; readonly doubt?: never }
  | { readonly number: 0; readonly doubt: string };

/** Reads the file; absent or torn it proves nothing. */
export async function readDurableNumber(directory: string): Promise<DurableNumber> {
  const file = await readCheckedFile(directory, durableFileName);
  if (file.kind === "valid") {
    const number = Number(/^durable write (\d+)$/m.exec(file.text)?.[1]);
    if (Number.isSafeInteger(number)) return { number };
  }
  const what = file.kind === "absent" ? "absent" : "damaged";
  return { number: 0, doubt: `${durableFileName} is ${what}, so writes may be missing at the end` };
}

/** Writes the file, at most once in `intervalMs` and never twice at a time. */
export class DurableNumberFile {
  readonly #directory: string;
  readonly #delay: Delay;
  #number = 0;
  #written = 0;
  #scheduled: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(directory: string, delay: Delay) {
    this.#directory = directory;
    this.#delay = delay;
  }

  /** Write `number` and all before it are durable. */
  note(number: number): void {
    this.#number = number;
    this.#scheduled ??= this.#writeLater();
  }

  /** Writes what is known, durably, and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    await this.#write(true);
  }

  async #writeLater(): Promise<void> {
    await this.#delay(intervalMs);
    if (this.#closed) return;
    this.#writing = this.#write(false);
    await this.#writing;
    this.#scheduled = undefined;
    if (this.#number !== this.#written) this.note(this.#number);
  }

  /** A file that lags proves less, and no more than that: its failures are no failures. */
  async #write(sync: boolean): Promise<void> {
    const number = this.#number;
    if (number === this.#written) return;
    const text = `durable write ${number}\n`;
    try {
      await writeCheckedFile(this.#directory, durableFileName, { text, sync });
      this.#written = number;
    } catch {
      // The next one may succeed.
    }
  }
}
