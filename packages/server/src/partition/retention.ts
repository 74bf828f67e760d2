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
      const rows = hasRows ? await this.rowsOf(entry, Math.max(1, left)) : [];
      const more = hasRows && rows.length >= Math.max(1, left);
      items.push({ ...entry, rows, more });
      left -= rows.length;
      if (left <= 0) break;
    }
    return items;
  }

  private async rowsOf(entry: ExpiryEntry, max: number): Promise<Uint8Array[]> {
    const keys: Uint8Array[] = [];
    for (const range of rangesOf(entry.key, entry.what)) {
      if (keys.length >= max) break;
      const rows = await this.options.store.scan(range, { limit: max - keys.length });
      for (const row of rows) keys.push(row.key);
    }
    return keys;
  }
}

function rangesOf(key: InvocationKey, what: ExpiryEntry["what"]): readonly KeyRange[] {
  if (what === "invocation") return [journalRange(key), payloadRange(key)];
  return [journalRange(key), { ...payloadRange(key, PayloadKind.entry), lt: payloadRange(key).lt }];
}
