/**
 * The partition processor: drains records into a batch, commits the batch, then acts.
 *
 * While a commit is in flight the next batch is filled on top of it. An action is taken only when
 * the commit that holds its cause has resolved, and in order: first what attempts wait for; then,
 * when the commit of what they do at once has begun, those outside are answered. A record that lacks
 * a row ends the batch: what came before is committed, the row is fetched, and the record is applied
 * again. If a commit fails, the processor stops for good: its owner opens the partition anew, and what is in
 * memory here is dropped (see `leader.ts`).
 */
import {
  type Action,
  Batch,
  type Derived,
  type Engine,
  type EngineRecord,
  InvariantError,
  type Invocation,
  invariant,
  invocationRows,
  type Need,
  type PartitionStore,
  type Reader,
  type Registry,
  type RowKind,
  receivedRows,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { Limits } from "../limits.ts";
import type { Ports } from "../ports/ports.ts";
import { AliveLists } from "./alive-lists.ts";
import { fetchNeeds } from "./fetcher.ts";
import { RecordQueue } from "./record-queue.ts";
import type { RowCache } from "./row-cache.ts";
import { StatusCounts } from "./status-counts.ts";

/** Taken before anybody can replace it: fake timers of test runners do. */
const enqueueMicrotask = queueMicrotask;

export interface ProcessorOptions {
  readonly engine: Engine;
  readonly store: PartitionStore;
  readonly cache: RowCache;
  readonly registry: () => Registry;
  readonly ports: Ports;
  readonly limits: Limits;
  /** Takes the actions of a durable batch, but for its answers. */
  readonly act: (actions: readonly Action[]) => void;
  /** Answers those outside who wait for something in a durable batch. */
  readonly answer?: (actions: readonly Action[]) => void;
  /** Told once, when the processor has stopped because something failed. */
  readonly onFailure: (error: unknown) => void;
  /** Told of each durable batch, after its actions and answers. */
  readonly onCommitted?: (batch: Batch, durationMs: number) => void;
  /** Told of each record that is applied, how long it has been queued. */
  readonly onApplied?: (waitedMs: number) => void;
}

interface Durable {
  readonly batch: Batch;
  readonly durationMs: number;
  readonly callbacks: readonly (() => void)[];
}

/**
 * Only if an attempt is woken is there anything to be gained. Answers that name a stored result are given
 * at once: the next commit may delete it.
 */
function mayAnswerLater(actions: readonly Action[]): boolean {
  return (
    actions.some(({ kind }) => WAKING.has(kind)) && !actions.some(({ kind }) => kind === "answer")
  );
}

/** What makes an attempt go on, and so records. */
const WAKING: ReadonlySet<Action["kind"]> = new Set(["start", "notify", "ackCommand"]);

type State = "open" | "fetching" | "closing" | "failed" | "closed";

export interface ProcessorCounters {
  commits: number;
  records: number;
  writes: number;
  fetches: number;
  roundsMax: number;
}

export class PartitionProcessor implements Reader {
  readonly counters: ProcessorCounters = {
    commits: 0,
    records: 0,
    writes: 0,
    fetches: 0,
    roundsMax: 0,
  };
  readonly alive = new AliveLists();
  readonly statuses: StatusCounts;

  private readonly options: ProcessorOptions;
  private readonly queue = new RecordQueue();
  private state: State = "open";
  private open: Batch;
  private inFlight: Batch | undefined;
  /** Durable, while its actions are taken: what the cache does not keep of it is known still. */
  private acting: Batch | undefined;
  /** Durable, and those outside are not yet told. */
  private unanswered: Durable | undefined;
  private turnScheduled = false;
  private commitScheduled = false;
  private lastTimeMs: number;
  /** When the last record was applied, by the clock. */
  private lastClock = 0;
  private rounds = 0;
  /** What the record at the head has asked for. */
  private readonly asked = new Set<string>();
  private commitDone: Promise<void> = Promise.resolve();
  /** Called when the open batch has been committed. */
  private afterCommit: (() => void)[] = [];
  private readonly idleWaiters: (() => void)[] = [];
  private readonly header = (key: InvocationKey) => this.row(invocationRows, key);

  constructor(options: ProcessorOptions) {
    this.options = options;
    this.open = new Batch(options.store.lastCommit.number + 1);
    this.statuses = new StatusCounts(options.store.lastCommit.number);
    this.lastTimeMs = options.store.lastCommit.timeMs;
  }

  /** Whether the queue takes another record from outside. */
  get hasRoom(): boolean {
    const { queueRecordsMax, queueBytesMax } = this.options.limits;
    return this.queue.length < queueRecordsMax && this.queue.bytesAbout < queueBytesMax;
  }

  /** Records that wait to be applied, and about how many bytes they have. */
  get queued(): { readonly records: number; readonly bytes: number } {
    return { records: this.queue.length, bytes: this.queue.bytesAbout };
  }

  /**
   * Queues a record. `applied` is called when it has taken effect in memory (not yet durably);
   * never if the processor stops before.
   */
  submit(record: EngineRecord, applied?: () => void): void {
    if (this.state === "failed" || this.state === "closed") return;
    this.queue.push(record, applied, this.options.ports.clock.now());
    this.scheduleTurn();
  }

  /** Queues a record; `durable` is called when it has been committed. */
  submitDurable(record: EngineRecord, durable: () => void): void {
    this.submit(record, () => this.afterCommit.push(durable));
  }

  row<T>(kind: RowKind<T>, key: string): T | null | undefined {
    const untyped = kind as RowKind<unknown>;
    let value = this.open.row(untyped, key);
    if (value === undefined) value = this.inFlight?.row(untyped, key);
    if (value === undefined) value = this.acting?.row(untyped, key);
    if (value === undefined) value = this.options.cache.row(untyped, key);
    return value as T | null | undefined;
  }

  derived(key: InvocationKey): Derived {
    return this.options.cache.derived(key);
  }

  /** The invocation as it was last committed, if it is in memory. */
  committed(key: InvocationKey): Invocation | null | undefined {
    const headers = invocationRows as RowKind<unknown>;
    const value = this.acting?.row(headers, key) ?? this.options.cache.row(headers, key);
    return value as Invocation | null | undefined;
  }

  /** Stops at once: what is queued, or not yet durable, has no effect. */
  abandon(): void {
    this.state = "closed";
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  /** Applies and commits what is queued, then stops. */
  async close(): Promise<void> {
    if (this.state === "failed" || this.state === "closed") return;
    this.scheduleTurn();
    await new Promise<void>((resolve) => {
      this.idleWaiters.push(resolve);
      this.options.ports.scheduler.soon(() => this.checkIdle());
    });
    this.state = "closed";
  }

  private scheduleTurn(): void {
    if (this.turnScheduled) return;
    this.turnScheduled = true;
    enqueueMicrotask(() => this.turn());
  }

  private turn(): void {
    this.turnScheduled = false;
    if (this.state !== "open") return;
    try {
      this.drain();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Applies queued records until there are none, the batch is full, or something is lacking. */
  private drain(): void {
    const { clock, scheduler } = this.options.ports;
    const { limits } = this.options;
    const startedAt = clock.now();
    while (this.queue.length > 0) {
      if (this.isFull()) break;
      if (!this.prefetched()) return;
      if (!this.applyNext()) return;
      if (this.lastClock - startedAt >= limits.batchApplyMs) {
        this.turnScheduled = true;
        scheduler.soon(() => this.turn());
        break;
      }
    }
    if (this.queue.staged === 0) this.options.cache.clearStaged();
    this.scheduleCommit();
  }

  private isFull(): boolean {
    const { batchRecordsMax, batchWritesMax, batchBytesMax } = this.options.limits;
    const { recordCount, writeCount, bytesAbout } = this.open;
    return (
      recordCount >= batchRecordsMax || writeCount >= batchWritesMax || bytesAbout >= batchBytesMax
    );
  }

  /** Whether what the next records name is in memory; if not, it is being fetched. */
  private prefetched(): boolean {
    if (this.queue.staged > 0) return true;
    const needs: Need[] = [];
    const row = invocationRows as RowKind<unknown>;
    const seen = new Set<InvocationKey>();
    const count = Math.min(this.queue.length, this.options.limits.batchRecordsMax);
    for (let i = 0; i < count; i++) {
      const record = this.queue.peek(i);
      if (record.kind === "message") this.needReceived(String(record.source), needs);
      for (const key of this.options.engine.keysOf(record)) {
        if (seen.has(key) || this.row(row, key) !== undefined) continue;
        seen.add(key);
        needs.push({ kind: "row", row, key });
      }
    }
    this.queue.staged = count;
    if (needs.length === 0) return true;
    void this.fetch(needs);
    return false;
  }

  private needReceived(key: string, needs: Need[]): void {
    const row = receivedRows as RowKind<unknown>;
    if (this.row(row, key) !== undefined) return;
    if (!needs.some((need) => need.kind === "row" && need.row === row && need.key === key)) {
      needs.push({ kind: "row", row, key });
    }
  }

  /** Applies the record at the head; `false` if it lacks something, which is then fetched. */
  private applyNext(): boolean {
    const { engine, ports, registry } = this.options;
    const record = this.queue.peek(0);
    // Rows and timers have whole milliseconds.
    const now = Math.floor(ports.clock.now());
    this.lastClock = now;
    this.lastTimeMs = Math.max(this.lastTimeMs, now);
    const context = {
      timeMs: this.lastTimeMs,
      random: ports.random.bytes(16),
      batch: this.open.number,
      record: this.counters.records,
    };
    const result = engine.apply(record, context, this, registry());
    if (result.kind === "needs") {
      this.countRound(record, result.needs);
      void this.commitThenFetch(result.needs);
      return false;
    }
    this.rounds = 0;
    if (this.asked.size > 0) this.asked.clear();
    this.open.timeMs = this.lastTimeMs;
    this.statuses.applied(result.effects, this.header);
    this.open.add(result.effects);
    this.alive.applied(result.effects, this.open.number);
    this.counters.records += 1;
    this.options.onApplied?.(now - this.queue.headSince);
    const applied = this.queue.shift();
    applied?.();
    return true;
  }

  /** Each round asks for something that was not asked for before, or the record would never end. */
  private countRound(record: EngineRecord, needs: readonly Need[]): void {
    this.rounds += 1;
    this.counters.roundsMax = Math.max(this.counters.roundsMax, this.rounds);
    const before = this.asked.size;
    for (const need of needs) {
      this.asked.add(need.kind === "row" ? `${need.row.slot} ${need.key}` : `index ${need.key}`);
    }
    invariant(this.asked.size > before, `a ${record.kind} record is never satisfied`);
  }

  private async commitThenFetch(needs: readonly Need[]): Promise<void> {
    this.state = "fetching";
    try {
      while (!this.hasFailed() && (this.inFlight !== undefined || this.needsCommit())) {
        if (this.inFlight === undefined) this.beginCommit();
        await this.commitDone;
      }
    } catch {
      return; // The failed commit has been reported.
    }
    if (this.hasFailed()) return;
    await this.fetch(needs);
  }

  private async fetch(needs: readonly Need[]): Promise<void> {
    this.state = "fetching";
    this.counters.fetches += 1;
    this.scheduleCommit();
    try {
      await fetchNeeds(this.options.store, this.options.cache, needs);
    } catch (error) {
      this.fail(error);
    }
    if (this.hasFailed()) return;
    this.state = "open";
    this.scheduleTurn();
  }

  private hasFailed(): boolean {
    return this.state === "failed" || this.state === "closed";
  }

  private needsCommit(): boolean {
    return this.open.recordCount > 0;
  }

  private scheduleCommit(): void {
    if (this.commitScheduled || this.inFlight !== undefined || !this.needsCommit()) {
      this.checkIdle();
      return;
    }
    this.scheduleBegin();
  }

  private scheduleBegin(): void {
    if (this.commitScheduled) return;
    this.commitScheduled = true;
    this.options.ports.scheduler.soon(() => this.begin());
  }

  private begin(): void {
    this.commitScheduled = false;
    if (this.hasFailed()) return;
    try {
      if (this.inFlight === undefined && this.needsCommit()) {
        this.beginCommit();
        // The next batch is filled meanwhile.
        if (this.queue.length > 0) this.scheduleTurn();
      }
      this.answer();
    } catch (error) {
      this.fail(error);
    }
  }

  private beginCommit(): void {
    const batch = this.open;
    this.inFlight = batch;
    const written = batch.writesAnything || this.alive.hasEmptied;
    this.open = new Batch(written ? batch.number + 1 : batch.number);
    const durable = this.afterCommit;
    this.afterCommit = [];
    this.commitDone = this.commit(batch, written, durable);
    this.commitDone.catch(() => undefined);
  }

  private async commit(
    batch: Batch,
    written: boolean,
    durable: readonly (() => void)[],
  ): Promise<void> {
    const { store, ports, cache } = this.options;
    const startedAt = ports.clock.now();
    try {
      if (written) {
        const commit = batch.pack(this.alive.seal(batch));
        this.counters.commits += 1;
        this.counters.writes += commit.writes.length;
        await store.commit(commit);
      }
      if (this.hasFailed()) return;
      cache.merge(batch);
      this.inFlight = undefined;
      this.takeActions({ batch, durationMs: ports.clock.now() - startedAt, callbacks: durable });
    } catch (error) {
      this.fail(error);
      throw error;
    }
    this.scheduleTurn();
    this.scheduleCommit();
  }

  /**
   * What those outside are told can wait for a moment in which attempts are woken and what they do
   * at once is on its way to the disk: the processor has nothing else to do while it is written.
   */
  private takeActions(durable: Durable): void {
    const { batch } = durable;
    this.answer();
    this.acting = batch;
    this.options.act(batch.actions);
    this.acting = undefined;
    this.unanswered = durable;
    if (mayAnswerLater(batch.actions)) this.scheduleBegin();
    else this.answer();
  }

  /** Tells those outside. */
  private answer(): void {
    const durable = this.unanswered;
    if (durable === undefined) return;
    this.unanswered = undefined;
    this.options.answer?.(durable.batch.actions);
    for (const callback of durable.callbacks) callback();
    this.options.onCommitted?.(durable.batch, durable.durationMs);
    this.checkIdle();
  }

  private fail(error: unknown): void {
    if (this.hasFailed()) return;
    this.state = "failed";
    this.answerWhatIsDurable();
    for (const resolve of this.idleWaiters.splice(0)) resolve();
    if (error instanceof InvariantError) {
      this.options.ports.log("error", `partition stopped by a bug: ${error.message}`, { error });
    }
    this.options.onFailure(error);
  }

  /** Answers those who would be answered soon, when all is over. Throws nothing. */
  answerWhatIsDurable(): void {
    try {
      this.answer();
    } catch (error) {
      this.options.ports.log("error", `an answer failed: ${String(error)}`, { error });
    }
  }

  private checkIdle(): void {
    if (this.idleWaiters.length === 0) return;
    const isTold = this.inFlight === undefined && this.unanswered === undefined;
    const idle = isTold && this.queue.length === 0 && !this.needsCommit();
    if (!idle && !this.hasFailed()) return;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
