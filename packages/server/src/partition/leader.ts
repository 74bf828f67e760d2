/**
 * The leader of a partition: opens it, runs its processor with timers, mailbox and tasks, and opens
 * it anew when anything fails. There is no other way to recover: the memory of the failed epoch is
 * dropped, and what counts is what the store holds.
 */
import {
  type Action,
  type Batch,
  type Engine,
  type EngineRecord,
  InvariantError,
  type Invocation,
  invocationRows,
  type PartitionStore,
  type Registry,
  type Store,
  StoreError,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { StateReads } from "../journal/eager-state.ts";
import type { Limits } from "../limits.ts";
import type { Ports } from "../ports/ports.ts";
import { FairShare } from "./fair-share.ts";
import { LimitScan } from "./limit-scan.ts";
import { Mailbox } from "./mailbox.ts";
import { PartitionProcessor } from "./processor.ts";
import { recover } from "./recovery.ts";
import { Retention } from "./retention.ts";
import { RowCache } from "./row-cache.ts";
import { TaskRunner } from "./tasks.ts";
import { TimerQueue } from "./timer-queue.ts";

/** What the leader tells its surroundings. */
export interface LeaderEvents {
  /** The actions of a durable batch, besides timers, in order. */
  act(partition: number, actions: readonly Action[]): void;
  /** The same ones, when it is time to tell those outside. */
  answer(partition: number, actions: readonly Action[]): void;
  /** Everything of the epoch that was running is void: attempts, and whoever waits for them. */
  lost(partition: number, isFinal: boolean, error: unknown): void;
  /** A new epoch has begun. */
  opened(partition: number): void;
  /** A batch is durable; `destinations` are the partitions that it sent messages to. */
  committed?(partition: number, batch: Batch, durationMs: number): void;
  /** A record is applied that has been queued for so long. */
  applied?(waitedMs: number): void;
}

export interface LeaderOptions {
  readonly engine: Engine;
  readonly store: Store;
  readonly registry: () => Registry;
  readonly ports: Ports;
  readonly limits: Limits;
  readonly events: LeaderEvents;
  /** Replaces the row cache; for tests. */
  readonly createCache?: (limits: Limits) => RowCache;
  /** Tells another partition of this process that it has mail. */
  readonly poke: (destination: number, source: number) => void;
}

interface Reign {
  readonly store: PartitionStore;
  readonly reads: StateReads;
  readonly processor: PartitionProcessor;
  readonly timers: TimerQueue;
  readonly mailbox: Mailbox;
  readonly retention: Retention;
  readonly tasks: TaskRunner;
  readonly limitScan: LimitScan;
  readonly share: FairShare;
  over: boolean;
}

const REOPEN_DELAY_MS = 50;
const REOPEN_DELAY_MS_MAX = 5000;

export class PartitionLeader {
  readonly partition: number;
  private readonly options: LeaderOptions;
  private reign: Reign | undefined;
  private closed = false;
  private failures = 0;
  private cancelReopen: (() => void) | undefined;
  private opening: Promise<void> | undefined;

  constructor(options: LeaderOptions) {
    this.options = options;
    this.partition = options.engine.partition;
  }

  /** Opens the partition. Rejects if that fails the first time: the start-up shows the error. */
  async open(): Promise<void> {
    await this.reopen();
  }

  /** The open partition's committed reads, if there is one. */
  get store(): PartitionStore | undefined {
    return this.reign?.store;
  }

  /** The same, with the states that are in memory. */
  get reads(): StateReads | undefined {
    return this.reign?.reads;
  }

  get processor(): PartitionProcessor | undefined {
    return this.reign?.processor;
  }

  /** What can be said of it without reading anything; `undefined` while it is not open. */
  get facts() {
    const processor = this.reign?.processor;
    if (processor === undefined) return undefined;
    const { queued, statuses } = processor;
    return {
      queuedRecords: queued.records,
      queuedBytes: queued.bytes,
      invocations: statuses.isComplete ? statuses.services : undefined,
    };
  }

  /** Whether the queue has room for a record from outside. There is none while it is not open. */
  get hasRoom(): boolean {
    return this.reign?.processor.hasRoom !== false;
  }

  /** Queues a record; `false` if the partition is not open. */
  submit(record: EngineRecord, applied?: () => void): boolean {
    if (this.reign === undefined) return false;
    this.reign.processor.submit(record, applied);
    return true;
  }

  /** The committed invocation if it is in memory; see `PartitionProcessor.committed`. */
  committed(key: InvocationKey): Invocation | null | undefined {
    return this.reign?.processor.committed(key);
  }

  /** The newest header that has been applied, durable or not. */
  latest(key: InvocationKey): Invocation | null | undefined {
    return this.reign?.processor.row(invocationRows, key);
  }

  /** The concurrency limits have changed. */
  limitsChanged(): void {
    this.reign?.limitScan.start();
  }

  poke(source: number): void {
    this.reign?.mailbox.poke(source);
  }

  /** Starts again whatever is invoked: some of it did not fit the invoker's queue. */
  rescan(): void {
    if (this.reign !== undefined) void this.recover(this.reign, false);
  }

  /** Reading `store` has failed: if it is still in use, the partition is opened anew. */
  fault(store: PartitionStore, error: unknown): void {
    if (this.reign?.store === store) this.end(this.reign, error);
  }

  /** Stops at once, committing nothing. */
  abandon(): void {
    this.closed = true;
    this.cancelReopen?.();
    if (this.reign === undefined) return;
    this.stopServices(this.reign);
    this.reign.processor.abandon();
    this.reign = undefined;
  }

  /** Commits what is queued and stops. */
  async close(): Promise<void> {
    this.closed = true;
    this.cancelReopen?.();
    await this.opening?.catch(() => undefined);
    const { reign } = this;
    if (reign === undefined) return;
    this.stopServices(reign);
    await reign.processor.close();
    this.reign = undefined;
  }

  private reopen(): Promise<void> {
    this.opening = this.begin().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async begin(): Promise<void> {
    const store = await this.options.store.open(this.partition);
    if (this.closed) return;
    const reign = this.createReign(store);
    this.reign = reign;
    this.options.events.opened(this.partition);
    reign.timers.start();
    reign.mailbox.start();
    reign.retention.start();
    reign.tasks.start();
    reign.limitScan.start();
    this.pokeAll();
    void this.recover(reign, true);
  }

  /** The last commit of the epoch before may have sent messages and not lived to say so. */
  private pokeAll(): void {
    for (let other = 0; other < this.options.store.partitionCount; other++) {
      if (other !== this.partition) this.options.poke(other, this.partition);
    }
  }

  private createReign(store: PartitionStore): Reign {
    const { engine, registry, ports, limits, events } = this.options;
    let reign: Reign | undefined;
    const onFailure = (error: unknown) => {
      if (reign !== undefined) this.end(reign, error);
    };
    const cache = this.options.createCache?.(limits) ?? new RowCache(limits);
    const processor = new PartitionProcessor({
      engine,
      store,
      cache,
      registry,
      ports,
      limits,
      act: (actions) => this.act(actions),
      answer: (actions) => events.answer(this.partition, actions),
      onFailure,
      ...(events.applied === undefined ? {} : { onApplied: events.applied }),
      onCommitted: (batch, durationMs) => {
        this.failures = 0;
        for (const destination of batch.destinations()) {
          this.options.poke(destination, this.partition);
        }
        events.committed?.(this.partition, batch, durationMs);
      },
    });
    const timers = new TimerQueue({
      store,
      ports,
      capacity: limits.timersInMemoryMax,
      fire: (timer) => processor.submit({ kind: "timer", timer }),
      onFailure,
    });
    const mailbox = new Mailbox({
      store,
      partitionCount: this.options.store.partitionCount,
      pageMax: limits.mailboxPageMax,
      submit: (record, applied) => processor.submit(record, applied),
      onFailure,
    });
    const retention = new Retention({
      store,
      ports,
      limits,
      submit: (record, durable) => processor.submitDurable(record, durable),
      onFailure,
    });
    const share = new FairShare({ ports, applied: () => processor.counters.records });
    const tasks = new TaskRunner({
      store,
      limits,
      share,
      submit: (record, durable) => processor.submitDurable(record, durable),
      onFailure,
    });
    const limitScan = new LimitScan({
      store,
      pageMax: limits.limitersPageMax,
      submit: (record, durable) => processor.submitDurable(record, durable),
      onFailure,
    });
    const reads: StateReads = {
      getMany: (keys) => store.getMany(keys),
      scan: (range, options) => store.scan(range, options),
      snapshot: () => store.snapshot(),
      states: cache.stateMemory,
    };
    const services = { timers, mailbox, retention, tasks, limitScan, share };
    reign = { store, reads, processor, ...services, over: false };
    return reign;
  }

  private act(actions: readonly Action[]): void {
    for (const action of actions) {
      this.actOnOwn(action);
    }
    this.options.events.act(this.partition, actions);
  }

  private actOnOwn(action: Action): void {
    switch (action.kind) {
      case "setTimer":
        this.reign?.timers.add(action.timer);
        break;
      case "runTask":
        this.reign?.tasks.add(action.name);
        break;
      case "requestSlots":
        this.reign?.processor.submit(action);
        break;
      default:
    }
  }

  private async recover(reign: Reign, count: boolean): Promise<void> {
    const { processor, store } = reign;
    try {
      await recover(
        {
          count,
          store,
          reader: processor,
          alive: processor.alive,
          statuses: processor.statuses,
          limits: this.options.limits,
          // What did not fit the invoker's queue is what has been asked for, and waits for this.
          share: count ? reign.share : undefined,
          submit: (record, applied) => processor.submit(record, applied),
        },
        () => reign.over,
      );
    } catch (error) {
      this.end(reign, error);
    }
  }

  private stopServices(reign: Reign): void {
    reign.over = true;
    reign.timers.close();
    reign.mailbox.close();
    reign.retention.close();
    reign.tasks.close();
    reign.limitScan.close();
  }

  private end(reign: Reign, error: unknown): void {
    if (reign.over) return;
    this.stopServices(reign);
    reign.processor.answerWhatIsDurable();
    reign.processor.abandon();
    if (this.reign === reign) this.reign = undefined;
    const { log } = this.options.ports;
    const message = error instanceof Error ? error.message : String(error);
    log("error", `partition ${this.partition} failed: ${message}`, { error });
    this.options.events.lost(this.partition, isFinal(error), error);
    if (this.closed || isFinal(error)) return;
    this.scheduleReopen();
  }

  private scheduleReopen(): void {
    const delayMs = Math.min(REOPEN_DELAY_MS * 2 ** this.failures, REOPEN_DELAY_MS_MAX);
    this.failures += 1;
    this.cancelReopen = this.options.ports.timers.after(delayMs, () => {
      this.reopen().catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        this.options.ports.log("error", `partition ${this.partition} cannot open: ${message}`, {
          error,
        });
        if (this.closed) return;
        if (isFinal(error)) this.options.events.lost(this.partition, true, error);
        else this.scheduleReopen();
      });
    });
  }
}

/** What another try cannot mend: a newer leader, damaged data, a bug. */
function isFinal(error: unknown): boolean {
  if (error instanceof InvariantError) return true;
  if (!(error instanceof StoreError)) return false;
  return error.code === "FENCED" || error.code === "DATA_CORRUPTION";
}
