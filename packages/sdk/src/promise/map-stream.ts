/** The iterator of `ctx.mapUnordered`: outcomes as the journal completes them. */
import { CancelledError } from "../errors.ts";
import { Fifo } from "../vm/fifo.ts";
import { NextOutcomeNode } from "../vm/map-node.ts";
import type { Driver, Waiter } from "./driver.ts";
import type { MappedItem, SettledItem } from "./map-options.ts";
import { toSettledResult } from "./map-promise.ts";
import { type ItemOutcome, Mapping, type MappingHost, type MappingInput } from "./mapping.ts";

type Item<T, R> = MappedItem<T, R> | SettledItem<T, R>;
type Result<T, R> = IteratorResult<Item<T, R>, undefined>;

/** Somebody who waits for the next item. */
interface Reader<T, R> extends Waiter {
  readonly node: NextOutcomeNode;
  result: Result<T, R> | undefined;
  failure: { readonly reason: unknown } | undefined;
}

/** Starts items as others are taken: what is in flight and what is unread share the bound. */
export class MapStream<T, R> implements AsyncIterableIterator<Item<T, R>>, MappingHost<T, R> {
  readonly #driver: Driver;
  readonly #mapping: Mapping<T, R>;
  readonly #concurrency: number;
  readonly #settles: boolean;
  readonly #unread = new Fifo<Item<T, R>>();
  readonly #readers = new Fifo<Reader<T, R>>();
  #failure: { readonly reason: unknown } | undefined = undefined;
  #ended = false;

  constructor(input: MappingInput<T, R>, concurrency: number) {
    this.#driver = input.driver;
    this.#concurrency = concurrency;
    this.#settles = input.onError === "settle";
    this.#mapping = new Mapping(input, this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<T, R>> {
    const item = this.#unread.shift();
    if (!this.#ended) this.#mapping.fill();
    const value = item ?? this.#unread.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) return Promise.reject(failure.reason);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return this.#wait();
  }

  return(): Promise<Result<T, R>> {
    this.#mapping.close();
    while (this.#unread.shift() !== undefined);
    this.ended(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  hasRoom(inFlight: number): boolean {
    return inFlight + this.#unread.length < this.#concurrency;
  }

  arrived(index: number, item: T, outcome: ItemOutcome<R>): void {
    const value = this.#toItem(index, item, outcome);
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#unread.push(value);
      return;
    }
    reader.result = { done: false, value };
    reader.node.settle(this.#driver.position, false);
  }

  /** Whoever waits first is told of a failure, the others that there is nothing more. */
  ended(failure: { readonly reason: unknown } | undefined): void {
    this.#ended = true;
    this.#failure = failure;
    for (let reader = this.#readers.shift(); reader; reader = this.#readers.shift()) {
      if (this.#failure === undefined) reader.result = { done: true, value: undefined };
      else reader.failure = this.#failure;
      this.#failure = undefined;
      reader.node.settle(this.#driver.position, false);
    }
  }

  #toItem(index: number, item: T, outcome: ItemOutcome<R>): Item<T, R> {
    if (this.#settles) return { index, item, ...toSettledResult(outcome) };
    return { index, item, value: (outcome as { readonly value: R }).value };
  }

  #wait(): Promise<Result<T, R>> {
    return new Promise((resolve, reject) => {
      const reader: Reader<T, R> = {
        node: new NextOutcomeNode(this.#mapping),
        result: undefined,
        failure: undefined,
        wake: () => {
          if (reader.failure !== undefined) reject(reader.failure.reason);
          else resolve(reader.result ?? { done: true, value: undefined });
        },
        cancel: () => {
          reject(new CancelledError());
          this.#mapping.close();
          this.ended(undefined);
        },
      };
      this.#readers.push(reader);
      this.#driver.wait(reader);
    });
  }
}
