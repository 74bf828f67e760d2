/** The rows of a partition, as the process reads them: through the server, a bounded page at a time. */

import type { KeyRange, Reads, Row, ScanOptions, Snapshot } from "@rejoin/engine";
import { unpackRows } from "../mirror/packed-rows.ts";
import { afterKey } from "../objects/instance-rows.ts";
import { rowsAtOnce } from "../objects/page-rows.ts";
import type { ServerCalls } from "../process/server-calls.ts";

const PAGE_ROWS = 500;
/** Small rows may be followed by large ones. */
const GROWTH = 8;

export class RemoteReads implements Reads {
  private readonly calls: ServerCalls;
  private readonly partition: number;
  /** Throws when enough has been read. */
  private readonly count: (bytes: number) => void;

  constructor(calls: ServerCalls, partition: number, count: (bytes: number) => void) {
    this.calls = calls;
    this.partition = partition;
    this.count = count;
  }

  async getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const { partition } = this;
    const packed = await this.calls.ask({ kind: "getMany", partition, keys });
    this.count(packed.length);
    return unpackRows(packed).map(({ value }) => value);
  }

  async scan(range: KeyRange, { limit, reverse = false }: ScanOptions): Promise<Row[]> {
    const rows: Row[] = [];
    let { gte, lt } = range;
    let atOnce = rowsAtOnce(0, 0, PAGE_ROWS);
    while (rows.length < limit) {
      const wanted = Math.min(limit - rows.length, atOnce);
      const page = await this.scanPage({ gte, lt }, wanted, reverse);
      rows.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < wanted) break;
      if (reverse) lt = last.key;
      else gte = afterKey(last.key);
      const bytes = page.reduce((sum, { value }) => sum + value.length, 0);
      atOnce = Math.min(GROWTH * atOnce, rowsAtOnce(page.length, bytes, PAGE_ROWS));
    }
    return rows;
  }

  private async scanPage({ gte, lt }: KeyRange, limit: number, reverse: boolean): Promise<Row[]> {
    const { partition } = this;
    const packed = await this.calls.ask({ kind: "scan", partition, gte, lt, limit, reverse });
    this.count(packed.length);
    return unpackRows(packed).flatMap(({ key, value }) => {
      return value === undefined ? [] : [{ key, value }];
    });
  }

  /** All rows of a range, in order. */
  async *all(range: KeyRange): AsyncGenerator<Row> {
    let { gte } = range;
    for (;;) {
      const rows = await this.scan({ gte, lt: range.lt }, { limit: PAGE_ROWS });
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE_ROWS) return;
      gte = afterKey(last.key);
    }
  }

  /** Reads that follow one another may be of different committed states. */
  snapshot(): Promise<Snapshot> {
    return Promise.resolve({
      getMany: (keys) => this.getMany(keys),
      scan: (range, options) => this.scan(range, options),
      close: () => Promise.resolve(),
    });
  }
}
