/** The promise of `ctx.map`: all outcomes, in the order of the items. */
import { MapNode } from "../vm/map-node.ts";
import type { Driver, PendingCall } from "./driver.ts";
import { type ItemOutcome, Mapping, type MappingHost, type MappingInput } from "./mapping.ts";
import { BasePromise } from "./promises.ts";

/** Goes on from the moment that it is made, whenever the handler awaits anything. */
export class MapPromise<T, R> extends BasePromise<unknown[]> implements MappingHost<T, R> {
  readonly [Symbol.toStringTag] = "RestatePromise";
  readonly node: MapNode;
  readonly driver: Driver;
  readonly #mapping: Mapping<T, R>;
  readonly #concurrency: number;
  readonly #settles: boolean;
  #outcomes: unknown[] = [];
  #failure: { readonly reason: unknown } | undefined = undefined;

  constructor(input: MappingInput<T, R>, concurrency: number) {
    super();
    this.driver = input.driver;
    this.#concurrency = concurrency;
    this.#settles = input.onError === "settle";
    this.#mapping = new Mapping(input, this);
    this.node = new MapNode(this.#mapping);
    this.#mapping.fill();
    if (!this.node.settled) this.driver.waitInBackground(this);
  }

  take(): unknown[] {
    if (this.#failure !== undefined) throw this.#failure.reason;
    return this.#outcomes;
  }

  override cancel(): void {
    this.#mapping.cancelled();
    super.cancel();
  }

  override interrupt(calls: PendingCall[]): void {
    this.#mapping.interrupt(calls);
  }

  hasRoom(inFlight: number): boolean {
    return inFlight < this.#concurrency;
  }

  arrived(index: number, _item: T, outcome: ItemOutcome<R>): void {
    if (!this.#settles) this.#outcomes[index] = outcome.ok ? outcome.value : undefined;
    else this.#outcomes[index] = toSettledResult(outcome);
  }

  ended(failure: { readonly reason: unknown } | undefined): void {
    this.#failure = failure;
    if (failure !== undefined) this.#outcomes = [];
    this.node.settle(this.driver.position, failure !== undefined);
  }
}

export function toSettledResult<R>(outcome: ItemOutcome<R>): PromiseSettledResult<R> {
  return outcome.ok
    ? { status: "fulfilled", value: outcome.value }
    : { status: "rejected", reason: outcome.reason };
}
