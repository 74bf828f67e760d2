/**
 * What operators do to invocations and to the state of objects: a record for the partition, and its
 * answer once that is durable.
 */
import {
  type EngineRecord,
  type Instance,
  type Invocation,
  invocationRows,
  type Operation,
  type OperationResult,
  type Reads,
  type StateMutation,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import { JournalLostError, lackingCompletions } from "../journal/copied-entries.ts";

export interface OperationsOptions {
  partitionOf(key: InvocationKey): number;
  partitionOfInstance(instance: Instance): number;
  /** Rejects with an {@link UnavailableError}. */
  ask(partition: number, record: (waiter: object) => EngineRecord): Promise<OperationResult>;
  /** The partition's committed rows, if it is open. */
  reads(partition: number): Reads | undefined;
}

/** The partition cannot say now: it has failed, or is being opened. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

const IDS_SHOWN_MAX = 5;

/** What has to be gone before an operation is done. */
const REMOVES: Readonly<Partial<Record<Operation["kind"], Removal["what"]>>> = {
  purge: "invocation",
  purgeJournal: "journal",
};

interface Removal {
  readonly what: "invocation" | "journal";
  readonly tell: (done: boolean) => void;
}

export class Operations {
  private readonly options: OperationsOptions;
  /** Who waits until an invocation, or its journal, has been deleted. */
  private readonly removals = new Map<InvocationKey, Set<Removal>>();

  constructor(options: OperationsOptions) {
    this.options = options;
  }

  /** Resolves when the operation has taken effect, or is sure to. */
  async operate(key: InvocationKey, operation: Operation): Promise<OperationResult> {
    const partition = this.options.partitionOf(key);
    if (operation.kind === "restart" && operation.from > 0) {
      const problem = await this.checkRestart(partition, key, operation.from);
      if (problem !== undefined) return problem;
    }
    const what = REMOVES[operation.kind];
    const removed = what === undefined ? undefined : this.whenRemoved(key, what);
    try {
      const result = await this.options.ask(partition, (waiter) => ({
        kind: "operate",
        key,
        operation,
        waiter,
      }));
      if (removed === undefined || result.kind !== "requested") return result;
      if (await removed.promise) return { kind: "done" };
      throw new UnavailableError("the partition was reopened before everything was deleted");
    } finally {
      removed?.cancel();
    }
  }

  /** Replaces the state of an object, now or when its turn comes. */
  mutateState(instance: Instance, mutation: StateMutation): Promise<OperationResult> {
    const partition = this.options.partitionOfInstance(instance);
    return this.options.ask(partition, (waiter) => ({
      kind: "mutateState",
      instance,
      mutation,
      waiter,
    }));
  }

  /** An invocation is gone, and its journal with it, or the journal alone. */
  removed(key: InvocationKey, what: "invocation" | "journal"): void {
    for (const removal of this.removals.get(key) ?? []) {
      if (what === "invocation" || removal.what === what) removal.tell(true);
    }
  }

  /** What was asked of a partition goes on when it is open again; nobody here will be told. */
  lost(partition: number): void {
    for (const [key, waiting] of this.removals) {
      if (this.options.partitionOf(key) !== partition) continue;
      for (const removal of waiting) removal.tell(false);
    }
  }

  private whenRemoved(key: InvocationKey, what: Removal["what"]) {
    const waiting = this.removals.get(key) ?? new Set();
    this.removals.set(key, waiting);
    let removal: Removal | undefined;
    const promise = new Promise<boolean>((tell) => {
      removal = { what, tell };
      waiting.add(removal);
    });
    const cancel = () => {
      if (removal !== undefined) waiting.delete(removal);
      if (waiting.size === 0) this.removals.delete(key);
    };
    return { promise, cancel };
  }

  /** A journal is read outside of the partition: that of a completed invocation does not change. */
  private async checkRestart(
    partition: number,
    key: InvocationKey,
    from: number,
  ): Promise<OperationResult | undefined> {
    const reads = this.options.reads(partition);
    if (reads === undefined) throw new UnavailableError("the partition is being opened");
    const invocation = await readHeader(reads, key);
    // Whatever else is wrong with it, the partition will say.
    if (invocation?.status !== "completed" || from >= invocation.journalLength) return undefined;
    const lacking = await lackingCompletions(reads, invocation, from).catch((error: unknown) => {
      if (!(error instanceof JournalLostError)) throw error;
      return undefined;
    });
    if (lacking === undefined) {
      const message = "its journal is being deleted";
      return { kind: "refused", reason: "gone", message };
    }
    if (lacking.length === 0) return undefined;
    const ids = lacking.slice(0, IDS_SHOWN_MAX).join(", ");
    const text = `${lacking.length} of the commands up to entry ${from} were never completed`;
    return {
      kind: "refused",
      reason: "badEntry",
      message: `${text} (completion ids ${ids}): restart from an earlier entry`,
    };
  }
}

async function readHeader(reads: Reads, key: InvocationKey): Promise<Invocation | undefined> {
  const [bytes] = await reads.getMany([invocationRows.rowKey(key)]);
  return bytes === undefined ? undefined : invocationRows.decode(bytes, key);
}
