/**
 * The retention task: deletes invocations and journals whose time is over, a page at a time.
 *
 * The lists in the store are the task's durable cursor: a page is taken off its list by the commit
 * that deletes what it names.
 */
import {
  decodeExpiryList,
  type ExpiryEntry,
  type ExpiryItem,
  expiryBatch,
  expiryMinute,
  expiryMinuteOf,
  expiryRange,
  invocationRows,
  journalRange,
  type KeyRange,
  type PartitionStore,
  PayloadKind,
  payloadRange,
  type TaskPageRecord,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { Limits } from "../limits.ts";
import type { Ports } from "../ports/ports.ts";

export interface RetentionOptions {
  readonly store: PartitionStore;
  readonly ports: Ports;
  readonly limits: Pick<Limits, "taskPageRowsMax" | "retentionIntervalMs">;
  /** `durable` is called when the record has been committed. */
  readonly submit: (record: TaskPageRecord, durable: () => void) => void;
  readonly onFailure: (error: unknown) => void;
}

export class Retention {
  private readonly options: RetentionOptions;
  /** Lists before this minute are gone: their tombstones need not be stepped over again. */
  private doneBefore = 0;
  private cancel: (() => void) | undefined;
  private closed = false;

  constructor(options: RetentionOptions) {
    this.options = options;
  }

  start(): void {
    this.schedule();
  }

  close(): void {
    this.closed = true;
    this.cancel?.();
  }

  private schedule(): void {
    if (this.closed) return;
    const { timers } = this.options.ports;
    this.cancel = timers.after(this.options.limits.retentionIntervalMs, () => void this.sweep());
  }

  private async sweep(): Promise<void> {
    try {
      while (!this.closed && (await this.deletePage()));
    } catch (error) {
      this.options.onFailure(error);
      return;
    }
    this.schedule();
  }

  /** Deletes a page of the first list that is due; `false` if none is. */
  private async deletePage(): Promise<boolean> {
    const { store, ports, limits, submit } = this.options;
    const minute = expiryMinuteOf(ports.clock.now());
    const range = { gte: expiryRange(this.doneBefore).lt, lt: expiryRange(minute).lt };
    const [row] = await store.scan(range, { limit: 1 });
    if (row === undefined) {
      this.doneBefore = minute;
      return false;
    }
    const list = { minute: expiryMinute(row.key), batch: expiryBatch(row.key) };
    this.doneBefore = list.minute;
    const entries = decodeExpiryList(row.value);
    const page = entries.slice(0, Math.max(1, limits.taskPageRowsMax / 2));
    const items = await this.describe(page);
    const rest = entries.slice(items.length);
    const record: TaskPageRecord = { kind: "taskPage", task: "expiry", page: items, list, rest };
    await new Promise<void>((resolve) => submit(record, resolve));
    return true;
  }

  /** The rows that hang on each entry, as many entries as fit a page. */
  private async describe(page: readonly ExpiryEntry[]): Promise<ExpiryItem[]> {
    const { store, limits } = this.options;
    const headers = await store.getMany(page.map((entry) => invocationRows.rowKey(entry.key)));
    const items: ExpiryItem[] = [];
    let left = limits.taskPageRowsMax - page.length;
    for (const [i, entry] of page.entries()) {
      const bytes = headers[i];
      const header = bytes === undefined ? undefined : invocationRows.decode(bytes, entry.key);
      const hasRows = header?.hasJournalRows === true || header?.hasPayloadRows === true;
      const item = hasRows ? await this.rowsOf(entry, Math.max(1, left)) : NO_ROWS;
      items.push({ ...entry, ...item });
      left -= item.rows.length;
      if (left <= 0) break;
    }
    return items;
  }

  /**
   * The journal goes first, in as many pages as it takes. The result goes with the header, in one:
   * as long as the header is there, someone may ask for it.
   */
  private async rowsOf(entry: ExpiryEntry, max: number): Promise<PageRows> {
    const rows: Uint8Array[] = [];
    for (const range of [journalRange(entry.key), entriesRange(entry.key)]) {
      if (rows.length >= max) break;
      await this.collect(range, max - rows.length, rows);
    }
    if (rows.length >= max) return { rows, more: true };
    if (entry.what === "invocation") {
      const { gte } = payloadRange(entry.key);
      const range = { gte, lt: entriesRange(entry.key).gte };
      await this.collect(range, Number.MAX_SAFE_INTEGER, rows);
    }
    return { rows, more: false };
  }

  private async collect(range: KeyRange, limit: number, into: Uint8Array[]): Promise<void> {
    const rows = await this.options.store.scan(range, { limit });
    for (const row of rows) into.push(row.key);
  }
}

type PageRows = Pick<ExpiryItem, "rows" | "more">;
const NO_ROWS: PageRows = { rows: [], more: false };

/** The payloads of journal entries; input and output come before them. */
function entriesRange(key: InvocationKey): KeyRange {
  return { gte: payloadRange(key, PayloadKind.entry).gte, lt: payloadRange(key).lt };
}
