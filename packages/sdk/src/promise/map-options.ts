/** What a map takes: its function and its options. */

/**
 * What becomes of a map when an item fails. `fail`: the map fails with it at once; what is in
 * flight goes on, and nobody looks at it. `cancel`: calls that are in flight are cancelled first,
 * and the map fails when they, and functions that are still executing, have ended. `settle`: a
 * failure is an outcome like any other, and no item keeps another from being processed.
 */
export type OnError = "fail" | "cancel" | "settle";

export interface MapOptions {
  /** How many items may be in flight at a time: 1 or more, a whole number. No bound by default. */
  readonly concurrency?: number;
  /** Default `fail`. */
  readonly onError?: OnError;
}

/** What the function of a map is told of it. */
export interface MapScope {
  /**
   * Aborts with a `CancelledError` when no outcome is wanted any more: another item has
   * failed, the invocation was cancelled, the iteration was left. It does so at the same place of
   * the journal in every attempt, so what is durable may depend on it.
   */
  readonly signal: AbortSignal;
}

/** Gives a promise of the context, or is asynchronous and awaits nothing else, or gives a value. */
export type MapFunction<T, R> = (item: T, index: number, scope: MapScope) => R;

/** A value that a map has come to, with what it was made from. */
export interface MappedItem<T, R> {
  /** Its place among the items. */
  readonly index: number;
  readonly item: T;
  readonly value: R;
}

/** What became of an item, if failures are outcomes too. */
export type SettledItem<T, R> = Omit<MappedItem<T, R>, "value"> & PromiseSettledResult<R>;
