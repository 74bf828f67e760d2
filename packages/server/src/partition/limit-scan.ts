/**
 * When the concurrency limits have changed, or may have while nobody led the partition, some of
 * those who wait for a slot may go on: the limits with a queue are handed to the engine.
 */
import {
  type BarrierRecord,
  type LimitsRecord,
  limiterOfRowKey,
  limiterRows,
  type PartitionStore,
  Tag,
  tagRange,
} from "@rejoin/engine";

export interface LimitScanOptions {
  readonly store: Pick<PartitionStore, "scan">;
  readonly pageMax: number;
  /** `durable` is called when the record, and all before it, has been committed. */
  readonly submit: (record: LimitsRecord | BarrierRecord, durable: () => void) => void;
  readonly onFailure: (error: unknown) => void;
}

export class LimitScan {
  private readonly options: LimitScanOptions;
  private running = false;
  private again = false;
  private closed = false;

  constructor(options: LimitScanOptions) {
    this.options = options;
  }

  close(): void {
    this.closed = true;
  }

  /** Looks at all limits once more. */
  start(): void {
    this.again = true;
    if (this.running || this.closed) return;
    this.running = true;
    this.run().catch(this.options.onFailure);
  }

  private async run(): Promise<void> {
    try {
      while (this.again && !this.closed) {
        this.again = false;
        await this.scan();
      }
    } finally {
      this.running = false;
    }
  }

  private async scan(): Promise<void> {
    const { store, pageMax } = this.options;
    // Who queued by the old limits is found once that is durable.
    await this.submit({ kind: "barrier" });
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await store.scan(tagRange(Tag.limiter, after), { limit: pageMax });
      const limiters = rows.filter(hasQueue).map(({ key }) => limiterOfRowKey(key));
      after = rows.at(-1)?.key;
      if (limiters.length > 0 && !this.closed) await this.submit({ kind: "limits", limiters });
      if (rows.length < pageMax || this.closed) return;
    }
  }

  private submit(record: LimitsRecord | BarrierRecord): Promise<void> {
    return new Promise((resolve) => this.options.submit(record, resolve));
  }
}

function hasQueue({ value }: { readonly value: Uint8Array }): boolean {
  const { head, tail } = limiterRows.decode(value, "");
  return head < tail;
}
