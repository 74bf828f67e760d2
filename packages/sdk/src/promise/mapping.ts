/**
 * Applies a function to items, so many at a time, and tells every outcome to its host.
 *
 * What always holds, and makes a replay do the same:
 * - The function is called in the order of the items, and only while user code runs: at the start,
 *   or when an item has ended. Then nothing is delivered until user code has come to rest again.
 * - An outcome counts at the journal position that settled it.
 * - An item costs the same however many there are: what has ended is forgotten but for its outcome.
 */
import { Combinator } from "@rejoin/protocol";
import { CancelledError, TerminalError } from "../errors.ts";
import type { AwaitNode, Parent } from "../vm/await-node.ts";
import { CombinatorNode } from "../vm/combinators.ts";
import type { InFlight } from "../vm/map-node.ts";
import type { Driver, PendingCall } from "./driver.ts";
import type { MapFunction, OnError } from "./map-options.ts";
import { Scope } from "./map-scope.ts";
import { BasePromise, isThenable, UndecodableResult } from "./promises.ts";

/** What became of one item. */
export type ItemOutcome<R> =
  | { readonly ok: true; readonly value: R }
  | { readonly ok: false; readonly reason: unknown };

/** Who wants the outcomes. */
export interface MappingHost<T, R> {
  /** Whether one more item may start, when so many are in flight. */
  hasRoom(inFlight: number): boolean;
  /** A failure only if failures are outcomes like others (`settle`). */
  arrived(index: number, item: T, outcome: ItemOutcome<R>): void;
  /** Once: all outcomes have arrived, or the map has failed. */
  ended(failure: { readonly reason: unknown } | undefined): void;
}

/** What a map is given. */
export interface MappingInput<T, R> {
  readonly items: Iterable<T>;
  readonly fn: MapFunction<T, R>;
  readonly onError: OnError;
  readonly driver: Driver;
  /** Whatever the function has thrown, as the handler's own errors are understood. */
  readonly toError: (thrown: unknown) => Error;
  /** Sends the cancel signal to an invocation. */
  readonly cancelInvocation: (invocationId: string) => void;
}

/** `mapping`: items start. `cancelling`: it has failed, and waits for what it has cancelled. */
type Phase = "mapping" | "cancelling" | "ended";

export class Mapping<T, R> implements InFlight {
  readonly #input: MappingInput<T, R>;
  readonly #host: MappingHost<T, R>;
  readonly #iterator: Iterator<T>;
  /** How many items there are, if that is known without asking for them. */
  readonly #size: number | undefined;
  readonly #scope = new Scope();
  readonly #flights = new Set<Flight<T, R>>();
  #phase: Phase = "mapping";
  #branchCount = 0;
  #startedCount = 0;
  #exhausted = false;
  #filling = false;
  #refill: (() => void) | undefined = undefined;
  #failure: { readonly reason: unknown } | undefined = undefined;
  /** What a cancelling map still waits for, its branches aside. */
  #gate: CombinatorNode | undefined = undefined;

  constructor(input: MappingInput<T, R>, host: MappingHost<T, R>) {
    this.#input = input;
    this.#host = host;
    this.#size = sizeOf(input.items);
    this.#iterator = input.items[Symbol.iterator]();
    this.#armRefill();
  }

  /** Starts items while there is room for them. Call only where user code runs. */
  fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    while (this.#canStart) this.#startNext();
    this.#filling = false;
    this.#endWhenDone();
  }

  /** Starts nothing more and forgets what is in flight; the host is not told. */
  close(): void {
    if (this.#phase === "ended") return;
    this.#phase = "ended";
    this.#leave();
  }

  /** The invocation was cancelled. */
  cancelled(): void {
    if (this.#phase === "ended") return;
    this.close();
    this.#host.ended({ reason: new CancelledError() });
  }

  /** Starts nothing more, and gives the calls that are in flight. */
  interrupt(calls: PendingCall[]): void {
    for (const { promise } of this.#flights) promise.interrupt(calls);
    this.close();
  }

  // ---- as the awaited tree sees it -------------------------------------------------------------

  get combinator(): Combinator {
    const { onError } = this.#input;
    if (this.#phase !== "mapping" || !this.#startedAll) return Combinator.firstCompleted;
    return onError === "settle" ? Combinator.allCompleted : Combinator.allSucceededOrFirstFailed;
  }

  get pendingCount(): number {
    if (this.#phase === "cancelling") return this.#gate?.settled === false ? 1 : 0;
    return this.#flights.size;
  }

  pendingNodes(): readonly AwaitNode[] {
    if (this.#phase === "cancelling") return this.#gate?.settled === false ? [this.#gate] : [];
    return Array.from(this.#flights, ({ promise }) => promise.node);
  }

  // ---- starting --------------------------------------------------------------------------------

  get #inFlightCount(): number {
    return this.#flights.size + this.#branchCount;
  }

  get #startedAll(): boolean {
    return this.#exhausted || (this.#size !== undefined && this.#startedCount >= this.#size);
  }

  get #canStart(): boolean {
    if (this.#phase !== "mapping" || this.#startedAll || this.#input.driver.ended) return false;
    return this.#host.hasRoom(this.#inFlightCount);
  }

  #startNext(): void {
    const next = this.#nextItem();
    if (next === undefined) return;
    const index = this.#startedCount++;
    try {
      this.#follow(index, next.item, this.#input.fn(next.item, index, this.#scope));
    } catch (error) {
      this.#threw(error, (reason) => this.#arrived(index, next.item, { ok: false, reason }));
    }
  }

  #nextItem(): { readonly item: T } | undefined {
    try {
      const next = this.#iterator.next();
      if (next.done !== true) return { item: next.value };
      this.#exhausted = true;
    } catch (error) {
      // There is no item to have failed: whatever `onError` says, the whole map has.
      this.#exhausted = true;
      this.#threw(error, (reason) => this.#fail(reason));
    }
    return undefined;
  }

  #follow(index: number, item: T, result: unknown): void {
    if (result instanceof BasePromise) {
      this.#followDurable(index, item, result);
    } else if (isThenable(result)) {
      this.#branchCount++;
      result.then(
        (value) =>
          this.#branchEnded(() => this.#arrived(index, item, { ok: true, value: value as R })),
        (error) =>
          this.#branchEnded(() =>
            this.#threw(error, (reason) => this.#arrived(index, item, { ok: false, reason })),
          ),
      );
    } else {
      this.#arrived(index, item, { ok: true, value: result as R });
    }
  }

  #followDurable(index: number, item: T, promise: BasePromise<R>): void {
    const { driver } = this.#input;
    if (promise.driver !== undefined && promise.driver !== driver) {
      throw new Error(
        `the function of ctx.map has returned a promise of another context for item ${index}; ` +
          "use the context of the handler that maps",
      );
    }
    const flight = new Flight(this, index, item, promise);
    promise.node.activate();
    if (promise.node.settled) {
      this.#take(flight);
      return;
    }
    this.#flights.add(flight);
    promise.node.addParent(flight);
  }

  // ---- outcomes --------------------------------------------------------------------------------

  get over(): boolean {
    return this.#phase !== "mapping";
  }

  /** A promise of the context has settled, in a step mostly: user code must not run here. */
  landed(flight: Flight<T, R>): void {
    this.#flights.delete(flight);
    this.#take(flight);
    if (!this.#canStart) {
      this.#endWhenDone();
      return;
    }
    const { driver } = this.#input;
    driver.yieldToUser();
    if (flight.promise.driver === undefined) driver.awaitsMore();
    this.#refill?.();
  }

  #take({ index, item, promise }: Flight<T, R>): void {
    let outcome: ItemOutcome<R>;
    try {
      outcome = { ok: true, value: promise.take() };
    } catch (reason) {
      if (reason instanceof UndecodableResult) {
        this.close();
        this.#input.driver.fail(reason.cause, reason.related);
        return;
      }
      outcome = { ok: false, reason };
    }
    this.#arrived(index, item, outcome);
  }

  /** A function that was asynchronous has come to its end; what follows runs as user code does. */
  #branchEnded(settle: () => void): void {
    this.#branchCount--;
    if (this.#phase === "ended") return;
    settle();
    if (this.#phase === "cancelling") this.#endWhenQuiet();
    else this.fill();
  }

  /** User code has thrown: that is a failure, or the end of the attempt. */
  #threw(thrown: unknown, fail: (reason: Error) => void): void {
    const reason = this.#input.toError(thrown);
    if (isOutcome(reason)) {
      fail(reason);
      return;
    }
    this.close();
    this.#input.driver.fail(reason);
  }

  #arrived(index: number, item: T, outcome: ItemOutcome<R>): void {
    if (this.#phase !== "mapping") return;
    if (outcome.ok) {
      this.#host.arrived(index, item, outcome);
      return;
    }
    const { reason } = outcome;
    if (this.#input.onError === "settle" && !(reason instanceof CancelledError)) {
      this.#host.arrived(index, item, outcome);
    } else {
      this.#fail(reason);
    }
  }

  // ---- the end ---------------------------------------------------------------------------------

  #endWhenDone(): void {
    if (this.#phase === "mapping" && this.#startedAll && this.#inFlightCount === 0) this.#end();
  }

  #fail(reason: unknown): void {
    this.#failure = { reason };
    if (this.#input.onError !== "cancel") {
      this.#end();
      return;
    }
    this.#phase = "cancelling";
    const calls: PendingCall[] = [];
    for (const { promise } of this.#flights) promise.interrupt(calls);
    this.#leave();
    this.#cancelCalls(calls.filter(({ node }) => !node.settled));
  }

  /** A call can be cancelled when its id is known; the map has failed when it has ended. */
  #cancelCalls(calls: readonly PendingCall[]): void {
    const ids = calls.map((call) => call.invocationIdNode());
    this.#passGate(ids, () => {
      for (const [index, { node }] of calls.entries()) {
        const id = ids[index]?.result;
        if (node.settled || id?.kind !== "invocationId") continue;
        this.#input.cancelInvocation(id.invocationId);
      }
      this.#passGate(
        calls.map(({ node }) => node),
        () => this.#endWhenQuiet(),
      );
    });
  }

  #passGate(nodes: readonly AwaitNode[], passed: () => void): void {
    const gate = new CombinatorNode("allSettled", nodes);
    this.#gate = gate;
    gate.activate();
    if (gate.settled) passed();
    else gate.addParent({ settled: false, childSettled: passed });
  }

  #endWhenQuiet(): void {
    if (this.#branchCount === 0 && this.#gate?.settled !== false) this.#end();
  }

  #end(): void {
    if (this.#phase === "ended") return;
    this.close();
    this.#host.ended(this.#failure);
  }

  /** Drops what is no longer wanted, and tells whoever may care. */
  #leave(): void {
    this.#flights.clear();
    this.#refill = undefined;
    if (!this.#exhausted) {
      this.#exhausted = true;
      try {
        this.#iterator.return?.();
      } catch {
        // As with a loop that is left by an exception, the first failure is the one that counts.
      }
    }
    // Who listens to that is user code.
    if (this.#scope.abort()) this.#input.driver.yieldToUser();
  }

  /** What follows a promise runs in the asynchronous context of who asked for it: user code's. */
  #armRefill(): void {
    const due = new Promise<void>((resolve) => {
      this.#refill = resolve;
    });
    void due.then(() => {
      if (this.#phase !== "mapping") return;
      this.#armRefill();
      this.fill();
    });
  }
}

/** One item whose promise has not settled. */
class Flight<T, R> implements Parent {
  readonly index: number;
  readonly item: T;
  readonly promise: BasePromise<R>;
  readonly #mapping: Mapping<T, R>;

  constructor(mapping: Mapping<T, R>, index: number, item: T, promise: BasePromise<R>) {
    this.#mapping = mapping;
    this.index = index;
    this.item = item;
    this.promise = promise;
  }

  get settled(): boolean {
    return this.#mapping.over;
  }

  childSettled(): void {
    if (!this.settled) this.#mapping.landed(this);
  }
}

/** Failures that an item may come to; anything else that is thrown ends the attempt. */
function isOutcome(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isOutcome);
  return error instanceof TerminalError;
}

function sizeOf(items: Iterable<unknown>): number | undefined {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set || items instanceof Map ? items.size : undefined;
}
