/** `RestatePromise.all` and its siblings. */
import type { TerminalError } from "../errors.ts";
import type { CombinatorMode } from "../vm/combinators.ts";
import { ConstantPromise, NeverPromise } from "./constants.ts";
import type { Driver } from "./driver.ts";
import { type CompletionItem, InCompletionOrder } from "./in-completion-order.ts";
import { BasePromise, CombinedPromise, isThenable } from "./promises.ts";
import type { RestatePromise as RestatePromiseType } from "./restate-promise.ts";

type Promises = readonly RestatePromiseType<unknown>[];
type Values<T extends Promises> = { -readonly [P in keyof T]: Awaited<T[P]> };
type SettledResults<T extends Promises> = {
  -readonly [P in keyof T]: PromiseSettledResult<Awaited<T[P]>>;
};

/** A promise whose outcome stands in the journal. */
export type RestatePromise<T> = RestatePromiseType<T>;

/** Makes and combines promises of a context. What decides between several is the journal's order. */
export const RestatePromise = {
  /** A constant. Such a promise is returned as it is. */
  resolve<T>(value: T): RestatePromiseType<Awaited<T>> {
    if (value instanceof BasePromise) return value;
    if (isThenable(value)) return ConstantPromise.from(value as PromiseLike<Awaited<T>>);
    return ConstantPromise.resolved(value as Awaited<T>);
  },

  /** A constant failure. */
  reject<T = never>(reason: TerminalError): RestatePromiseType<T> {
    return ConstantPromise.rejected<T>(reason);
  },

  /** All values in order, or the first failure. */
  all<const T extends Promises>(values: T): RestatePromiseType<Values<T>> {
    return combine<Values<T>>("all", values);
  },

  /** The outcome of the first that settles; of none, it never settles. */
  race<const T extends Promises>(values: T): RestatePromiseType<Awaited<T[number]>> {
    if (values.length === 0) return new NeverPromise<Awaited<T[number]>>();
    return combine<Awaited<T[number]>>("race", values);
  },

  /** The first value; when all fail, an `AggregateError`, which is not terminal. */
  any<const T extends Promises>(values: T): RestatePromiseType<Awaited<T[number]>> {
    return combine<Awaited<T[number]>>("any", values);
  },

  /** What became of each. */
  allSettled<const T extends Promises>(values: T): RestatePromiseType<SettledResults<T>> {
    return combine<SettledResults<T>>("allSettled", values);
  },

  /**
   * The promises in the order in which the journal completes them, each with its index. An item
   * costs the same however many promises there are; a replay gives the same order.
   */
  inCompletionOrder<const T extends Promises>(
    promises: T,
  ): AsyncIterableIterator<CompletionItem<T[number]>> {
    const { children, driver } = toChildren(promises);
    return new InCompletionOrder<T[number]>(promises, children, driver);
  },
};

/** Whether `value` comes from an operation of a context, or from a combination of such. */
export function isRestatePromise<T>(value: Promise<T>): value is RestatePromiseType<T> {
  return value instanceof BasePromise;
}

function combine<R>(mode: CombinatorMode, promises: Promises): RestatePromiseType<R> {
  const { children, driver } = toChildren(promises);
  return new CombinedPromise<R>(mode, children, driver);
}

function toChildren(promises: Promises) {
  let driver: Driver | undefined;
  const children: BasePromise<unknown>[] = [];
  for (const [index, promise] of promises.entries()) {
    if (!(promise instanceof BasePromise)) {
      throw new Error(
        `Promise index ${index} used inside the combinator is not an instance of ` +
          "RestatePromise. This is not supported: give what the context's " +
          "operations give, and do other asynchronous work inside of ctx.run.",
      );
    }
    if (promise.driver !== undefined) {
      if (driver !== undefined && driver !== promise.driver) {
        throw new Error(
          `Promise index ${index} belongs to another context. Combining is not supported: use ` +
            "promises of the handler that combines.",
        );
      }
      driver = promise.driver;
    }
    children.push(promise);
  }
  return { children, driver };
}
