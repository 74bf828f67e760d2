/** The iterator behind `RestatePromise.inCompletionOrder`. */
import { CancelledError } from "../errors.ts";
import { CompletionStream } from "../vm/completion-stream.ts";
import type { Child, Driver, Waiter } from "./driver.ts";

export interface CompletionItem<P> {
  /** Its place in the list that was given. */
  readonly index: number;
  /** Settled: awaiting it gives its value, or throws its failure, at once. */
  readonly promise: P;
}

type Result<P> = IteratorResult<CompletionItem<P>, undefined>;

export class InCompletionOrder<P> implements AsyncIterableIterator<CompletionItem<P>> {
  readonly #promises: readonly P[];
  readonly #stream: CompletionStream;
  readonly #driver: Driver | undefined;
  #opened = false;

  constructor(promises: readonly P[], children: readonly Child[], driver: Driver | undefined) {
    this.#promises = promises;
    this.#stream = new CompletionStream(children.map((child) => child.node));
    this.#driver = driver;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<P>> {
    if (!this.#opened) {
      this.#opened = true;
      this.#stream.open();
    }
    const index = this.#stream.take();
    if (index !== undefined) return Promise.resolve(this.#item(index));
    if (this.#stream.exhausted) return Promise.resolve({ done: true, value: undefined });
    return this.#wait();
  }

  return(): Promise<Result<P>> {
    this.#stream.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  #wait(): Promise<Result<P>> {
    return new Promise((resolve, reject) => {
      const node = this.#stream.wait();
      const waiter: Waiter = {
        node,
        wake: () => resolve(this.#item(node.index)),
        cancel: () => {
          this.#stream.withdraw(node);
          reject(new CancelledError());
        },
      };
      if (this.#driver !== undefined) this.#driver.wait(waiter);
      else node.observer = { nodeSettled: waiter.wake };
    });
  }

  #item(index: number): Result<P> {
    // The stream gives indexes of the list that it was made from.
    return { done: false, value: { index, promise: this.#promises[index] as P } };
  }
}
