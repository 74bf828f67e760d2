/** Those outside who wait for an invocation: told by the actions of the partitions. */
import type {
  Action,
  Answer,
  CompletedAction,
  EngineRecord,
  OperationResult,
  Target,
} from "@rejoin/engine";
import { ChurnMap, type InvocationKey, type Outcome } from "@rejoin/protocol";

export interface Accepted {
  readonly key: InvocationKey;
  readonly scheduledFor: number;
  readonly duplicate: boolean;
}

/** What a waiter is told in the end. */
export type Told =
  | { readonly kind: "accepted"; readonly accepted: Accepted }
  | {
      readonly kind: "result";
      readonly key: InvocationKey;
      readonly target: Target;
      readonly outcome: Outcome;
    }
  | { readonly kind: "answer"; readonly key: InvocationKey; readonly answer: Answer }
  | { readonly kind: "operated"; readonly result: OperationResult }
  | { readonly kind: "unavailable"; readonly reason: string };

/** Waits for one answer. `tell` is called once, unless it is cancelled before. */
export class AnswerWaiter {
  readonly number: number;
  readonly partition: number;
  /** Set when the request is durable and only its result is missing. */
  awaits: InvocationKey | undefined;
  private tell: ((told: Told) => void) | undefined;

  constructor(number: number, partition: number, tell: (told: Told) => void) {
    this.number = number;
    this.partition = partition;
    this.tell = tell;
  }

  settle(told: Told): void {
    const { tell } = this;
    this.tell = undefined;
    tell?.(told);
  }
}

export class Waiters {
  private readonly open = new ChurnMap<number, AnswerWaiter>();
  private readonly byInvocation = new ChurnMap<InvocationKey, Set<AnswerWaiter>>();
  private lastNumber = 0;

  get count(): number {
    return this.open.size;
  }

  create(partition: number, tell: (told: Told) => void): AnswerWaiter {
    this.lastNumber += 1;
    const waiter = new AnswerWaiter(this.lastNumber, partition, tell);
    this.open.set(waiter.number, waiter);
    return waiter;
  }

  /** Whoever waited has gone. */
  cancel(waiter: AnswerWaiter): void {
    this.open.delete(waiter.number);
    if (waiter.awaits !== undefined) this.leave(waiter, waiter.awaits);
  }

  act(actions: readonly Action[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "accepted":
          this.settle(action.waiter, { kind: "accepted", accepted: action });
          break;
        case "awaitResult":
          this.join(action.waiter, action.key);
          break;
        case "answer":
          this.settle(action.waiter, { kind: "answer", key: action.key, answer: action.answer });
          break;
        case "operated":
          this.settle(action.waiter, { kind: "operated", result: action.result });
          break;
        case "completed":
          this.completed(action);
          break;
        default:
      }
    }
  }

  /**
   * A partition's epoch has ended. Who waits for a result keeps waiting and asks the next epoch,
   * unless there will be none; a request whose fate is not known is answered so.
   */
  lost(partition: number, isFinal: boolean): void {
    for (const waiter of [...this.open.values()]) {
      if (waiter.partition !== partition) continue;
      if (waiter.awaits !== undefined && !isFinal) continue;
      const reason = isFinal
        ? "the partition has stopped for good; see the log of the server"
        : "the partition was reopened before the request was known to be durable";
      this.settle(waiter, { kind: "unavailable", reason });
    }
  }

  /** The records that ask a new epoch for the results that are still waited for. */
  reattach(partition: number): EngineRecord[] {
    const records: EngineRecord[] = [];
    for (const [key, waiters] of this.byInvocation.entries()) {
      for (const waiter of waiters) {
        if (waiter.partition !== partition) continue;
        records.push({ kind: "attach", key, waiter, mode: "attach" });
      }
    }
    return records;
  }

  /** The server stops: everybody is told. */
  close(reason: string): void {
    for (const waiter of [...this.open.values()])
      this.settle(waiter, { kind: "unavailable", reason });
    for (const key of this.byInvocation.keys()) this.byInvocation.delete(key);
  }

  private join(waiter: object, key: InvocationKey): void {
    if (!(waiter instanceof AnswerWaiter) || !this.open.has(waiter.number)) return;
    waiter.awaits = key;
    const waiters = this.byInvocation.get(key);
    if (waiters === undefined) this.byInvocation.set(key, new Set([waiter]));
    else waiters.add(waiter);
  }

  private leave(waiter: AnswerWaiter, key: InvocationKey): void {
    const waiters = this.byInvocation.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.byInvocation.delete(key);
  }

  private completed({ key, target, outcome }: CompletedAction): void {
    const waiters = this.byInvocation.get(key);
    if (waiters === undefined) return;
    this.byInvocation.delete(key);
    for (const waiter of waiters) this.settle(waiter, { kind: "result", key, target, outcome });
  }

  private settle(waiter: object, told: Told): void {
    if (!(waiter instanceof AnswerWaiter)) return;
    this.open.delete(waiter.number);
    if (waiter.awaits !== undefined) this.leave(waiter, waiter.awaits);
    waiter.settle(told);
  }
}
