/**
 * The retention task: deletes invocations and journals whose time is over, a page at a time.
 *
 * The lists in the store are the task's durable cursor: a page is taken off its list by the commit
 * that deletes what it names.
 */
import {
  type BarrierRecord,
  decodeExpiryList,
  type ExpiryEntry,
  type ExpiryItem,
  type ExpiryPageRecord,
  expiryBatch,
  expiryRange,
  expirySecond,
  expirySecondOf,
  type Invocation,
  invocationRows,
  killTaskName,
  type PartitionStore,
  type Row,
  segmentRowKey,
  taskRows,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { Limits } from "../limits.ts";
import type { Ports } from "../ports/ports.ts";
import { rowsOf } from "./owned-rows.ts";

/** Each is a record of its own; that they share a commit is what makes it fast. */
const LISTS_AT_ONCE = 4;
/** How long after a sweep that found something the next one begins: no burst is to be waited for. */
const GOING_ON_MS = 1000;

const NO_ROWS: readonly Uint8Array[] = [];

export interface RetentionOptions {
  readonly store: PartitionStore;
  readonly ports: Ports;
  readonly limits: Pick<Limits, "taskPageRowsMax" | "retentionIntervalMs">;
  /** `durable` is called when the record has been committed. */
  readonly submit: (record: ExpiryPageRecord | BarrierRecord, durable: () => void) => void;
  readonly onFailure: (error: unknown) => void;
}

export class Retention {
  private readonly options: RetentionOptions;
  /** Lists before this second are gone: their tombstones need not be stepped over again. */
  private doneBefore = 0;
  private cancel: (() => void) | undefined;
  private closed = false;

  constructor(options: RetentionOptions) {
    this.options = options;
  }

  start(): void {
    this.schedule(this.options.limits.retentionIntervalMs);
  }

  close(): void {
    this.closed = true;
    this.cancel?.();
  }

  private schedule(delayMs: number): void {
    if (this.closed) return;
    this.cancel = this.options.ports.timers.after(delayMs, () => void this.sweep());
  }

  private async sweep(): Promise<void> {
    const { retentionIntervalMs } = this.options.limits;
    let delayMs = retentionIntervalMs;
    try {
      const second = expirySecondOf(this.options.ports.clock.now());
      // A list of an earlier second may be on its way to the store: it must not be missed.
      await this.submit({ kind: "barrier" });
      while (!this.closed && (await this.deletePages(second))) {
        delayMs = Math.min(GOING_ON_MS, retentionIntervalMs);
      }
    } catch (error) {
      this.options.onFailure(error);
      return;
    }
    this.schedule(delayMs);
  }

  /** Deletes a page of each of the first lists of earlier seconds; `false` if there are none. */
  private async deletePages(second: number): Promise<boolean> {
    const range = { gte: expiryRange(this.doneBefore).lt, lt: expiryRange(second).lt };
    const lists = await this.options.store.scan(range, { limit: LISTS_AT_ONCE });
    const [first] = lists;
    this.doneBefore = first === undefined ? second : expirySecond(first.key);
    const pages: ExpiryPageRecord[] = [];
    for (const list of lists) pages.push(await this.pageOf(list));
    await Promise.all(pages.map((page) => this.submit(page)));
    return pages.length > 0;
  }

  private async pageOf({ key, value }: Row): Promise<ExpiryPageRecord> {
    const list = { second: expirySecond(key), batch: expiryBatch(key) };
    const entries = decodeExpiryList(value);
    const page = this.takeHeaders(entries) ?? (await this.describe(entries));
    return { kind: "taskPage", task: "expiry", page, list, rest: entries.slice(page.length) };
  }

  /** Those at the beginning that are deleted as they are; `undefined` if there are none. */
  private takeHeaders(entries: readonly ExpiryEntry[]): ExpiryItem[] | undefined {
    const other = entries.findIndex(({ what }) => what !== "header");
    const count = other === -1 ? entries.length : other;
    if (count === 0) return undefined;
    const items: ExpiryItem[] = [];
    let left = this.options.limits.taskPageRowsMax;
    for (const { key, what, bornIn, entries: behindInput = 0 } of entries.slice(0, count)) {
      if (items.length > 0 && left < 1 + behindInput) break;
      items.push({
        key,
        what,
        bornIn,
        rows: rowsBehind(key, behindInput),
        more: false,
        isHeld: false,
      });
      left -= 1 + behindInput;
    }
    return items;
  }

  private submit(record: ExpiryPageRecord | BarrierRecord): Promise<void> {
    return new Promise((resolve) => this.options.submit(record, resolve));
  }

  /** The rows that hang on each entry, as many entries as fit a page. */
  private async describe(entries: readonly ExpiryEntry[]): Promise<ExpiryItem[]> {
    const { store, limits } = this.options;
    const bare = entries.findIndex(({ what }) => what === "header");
    const most = Math.max(1, Math.floor(limits.taskPageRowsMax / 2));
    const page = entries.slice(0, bare === -1 ? most : Math.min(bare, most));
    const headers = await store.getMany(page.map((entry) => invocationRows.rowKey(entry.key)));
    const items: ExpiryItem[] = [];
    let left = limits.taskPageRowsMax - page.length;
    for (const [i, entry] of page.entries()) {
      const bytes = headers[i];
      const header = bytes === undefined ? undefined : invocationRows.decode(bytes, entry.key);
      const item = await this.describeEntry(entry, header, Math.max(1, left));
      items.push(item);
      left -= item.rows.length;
      if (left <= 0) break;
    }
    return items;
  }

  /** One that is gone, or lives a second time, is left to the engine to step over. */
  private async describeEntry(
    entry: ExpiryEntry,
    header: Invocation | undefined,
    max: number,
  ): Promise<ExpiryItem> {
    const { store } = this.options;
    if (header?.bornIn !== entry.bornIn) return { ...entry, rows: [], more: false, isHeld: false };
    if (await this.isHeld(header)) return { ...entry, rows: [], more: false, isHeld: true };
    const what = entry.what === "journal" ? "journal" : "invocation";
    return { ...entry, ...(await rowsOf(store, header, what, max)), isHeld: false };
  }

  /** Whether its children are still being killed, as its journal names them. */
  private async isHeld({ key, childrenStarted, output }: Invocation): Promise<boolean> {
    if (childrenStarted === 0 || output?.kind !== "failure") return false;
    const [task] = await this.options.store.getMany([taskRows.rowKey(killTaskName(key))]);
    return task !== undefined;
  }
}

/** The rows of a journal that has so many entries behind its input. */
function rowsBehind(key: InvocationKey, count: number): readonly Uint8Array[] {
  if (count === 0) return NO_ROWS;
  return Array.from({ length: count }, (_, at) => segmentRowKey(key, 1 + at));
}
