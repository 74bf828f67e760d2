/**
 * Durable tasks: work that is done a page at a time, between everything else.
 *
 * The engine never scans. For each task that has a row, this reads the next page from the store and
 * hands it to the engine, which applies it and moves the row on in the same commit; then the next
 * page is read. Tasks take turns. What a crash interrupts goes on from the row.
 */
import {
  type PartitionStore,
  Tag,
  type Task,
  type TaskStepRecord,
  tagRange,
  taskRows,
} from "@rejoin/engine";
import type { Limits } from "../limits.ts";
import type { FairShare } from "./fair-share.ts";
import { type TaskLimits, TaskPages } from "./task-pages.ts";

export interface TaskRunnerOptions {
  readonly store: PartitionStore;
  readonly limits: Pick<Limits, TaskLimits | "tasksPageMax">;
  /** Lets others have their turns; without it, tasks go on as fast as they can. */
  readonly share?: FairShare;
  /** `durable` is called when the record has been committed. */
  readonly submit: (record: TaskStepRecord, durable: () => void) => void;
  readonly onFailure: (error: unknown) => void;
}

export class TaskRunner {
  private readonly options: TaskRunnerOptions;
  private readonly pages: TaskPages;
  /** Names of tasks, in the order of their turns. */
  private readonly waiting = new Set<string>();
  private running = false;
  private closed = false;
  /** Tasks of the store that have not been found yet may follow this row. */
  private nextRow: Uint8Array | undefined;
  private hasMoreRows = true;

  constructor(options: TaskRunnerOptions) {
    this.options = options;
    this.pages = new TaskPages(options.store, options.limits);
  }

  /** Goes on with what an earlier leader left. */
  start(): void {
    this.wake();
  }

  close(): void {
    this.closed = true;
  }

  /** A task has durably been given work. */
  add(name: string): void {
    this.waiting.add(name);
    this.wake();
  }

  private wake(): void {
    if (this.running || this.closed) return;
    this.running = true;
    this.run().then(
      () => {
        this.running = false;
        if (this.waiting.size > 0) this.wake();
      },
      (error: unknown) => {
        this.running = false;
        if (!this.closed) this.options.onFailure(error);
      },
    );
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      if (this.waiting.size === 0 && this.hasMoreRows) await this.findMore();
      const [name] = this.waiting;
      if (name === undefined) return;
      this.waiting.delete(name);
      const step = () => this.step(name);
      if (await (this.options.share?.take(step) ?? step())) this.waiting.add(name);
    }
  }

  /** Reads the names of tasks that an earlier leader left, as many as fit a page. */
  private async findMore(): Promise<void> {
    const limit = this.options.limits.tasksPageMax;
    const rows = await this.options.store.scan(tagRange(Tag.task, this.nextRow), { limit });
    this.nextRow = rows.at(-1)?.key;
    this.hasMoreRows = rows.length === limit;
    for (const { key } of rows) this.waiting.add(String.fromCharCode(...key.subarray(1)));
  }

  /** Does the next step of a task; whether it may have another one. */
  private async step(name: string): Promise<boolean> {
    const task = await this.read(name);
    if (task === undefined || this.closed) {
      this.pages.forget(name);
      return false;
    }
    const step = await this.pages.next(name, task);
    if (this.closed) return false;
    await new Promise<void>((resolve) => {
      this.options.submit({ kind: "taskPage", task: "step", name, step }, resolve);
    });
    return true;
  }

  private async read(name: string): Promise<Task | undefined> {
    const [bytes] = await this.options.store.getMany([taskRows.rowKey(name)]);
    return bytes === undefined ? undefined : taskRows.decode(bytes, name);
  }
}
