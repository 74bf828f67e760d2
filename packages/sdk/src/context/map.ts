/** `ctx.map` and `ctx.mapUnordered`. */
import type { Attempt } from "../attempt/attempt.ts";
import { toError } from "../errors.ts";
import { NeverPromise } from "../promise/constants.ts";
import type { MapFunction, MapOptions, OnError } from "../promise/map-options.ts";
import { MapPromise } from "../promise/map-promise.ts";
import { MapStream } from "../promise/map-stream.ts";
import type { MappingInput } from "../promise/mapping.ts";
import type { BasePromise } from "../promise/promises.ts";
import { issueCancel } from "./invocations.ts";
import { beginOperation } from "./operation.ts";

const ON_ERROR: readonly OnError[] = ["fail", "cancel", "settle"];

export function issueMap<T, R>(
  attempt: Attempt,
  items: Iterable<T>,
  fn: MapFunction<T, R>,
  options: MapOptions,
): BasePromise<unknown[]> {
  assertArguments("ctx.map", items, fn, options);
  if (!beginOperation(attempt, "ctx.map")) return new NeverPromise<unknown[]>(attempt);
  return new MapPromise(toInput(attempt, items, fn, options), concurrencyOf(options));
}

export function createMapStream<T, R>(
  attempt: Attempt,
  items: Iterable<T>,
  fn: MapFunction<T, R>,
  options: MapOptions,
): MapStream<T, R> {
  assertArguments("ctx.mapUnordered", items, fn, options);
  beginOperation(attempt, "ctx.mapUnordered");
  return new MapStream(toInput(attempt, items, fn, options), concurrencyOf(options));
}

function toInput<T, R>(
  attempt: Attempt,
  items: Iterable<T>,
  fn: MapFunction<T, R>,
  { onError = "fail" }: MapOptions,
): MappingInput<T, R> {
  return {
    items,
    fn,
    onError,
    driver: attempt,
    toError: (thrown) => toError(thrown, attempt.handler.asTerminalError),
    cancelInvocation: (invocationId) => issueCancel(attempt, invocationId),
  };
}

function concurrencyOf({ concurrency = Number.POSITIVE_INFINITY }: MapOptions): number {
  return concurrency;
}

function assertArguments(operation: string, items: unknown, fn: unknown, options: MapOptions) {
  if (!isIterable(items)) {
    const hint = isAsyncIterable(items)
      ? "an async iterable gives its items in an order that is not recorded; collect them in a ctx.run first"
      : "use an array, a set, a generator or another iterable";
    throw new TypeError(`${operation}(items, fn): the items cannot be iterated over; ${hint}`);
  }
  if (typeof fn !== "function") {
    throw new TypeError(`${operation}(items, fn): the second argument must be a function`);
  }
  const concurrency = concurrencyOf(options);
  if (
    concurrency !== Number.POSITIVE_INFINITY &&
    !(Number.isInteger(concurrency) && concurrency > 0)
  ) {
    throw new TypeError(
      `${operation}: concurrency must be a whole number from 1 on, or Infinity; it is ${String(concurrency)}`,
    );
  }
  if (options.onError !== undefined && !ON_ERROR.includes(options.onError)) {
    throw new TypeError(
      `${operation}: onError must be one of ${ON_ERROR.join(", ")}; it is ${String(options.onError)}`,
    );
  }
}

function isIterable(items: unknown): boolean {
  return items != null && typeof (items as Iterable<unknown>)[Symbol.iterator] === "function";
}

function isAsyncIterable(items: unknown): boolean {
  return (
    items != null && typeof (items as AsyncIterable<unknown>)[Symbol.asyncIterator] === "function"
  );
}
