/** An ordered map of store rows, as bytes: what a partition of the test harness keeps. */
import type { KeyRange, Row, Write } from "../ports/store.ts";
import { binaryBytes, binaryString } from "../rows/bytes.ts";

export class RowStore {
  private readonly rows = new Map<string, Uint8Array>();

  get size(): number {
    return this.rows.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.rows.get(binaryString(key));
  }

  write({ key, value }: Write): void {
    if (value === undefined) this.rows.delete(binaryString(key));
    else this.rows.set(binaryString(key), value.slice());
  }

  /** The rows of a range in key order. */
  scan(range: KeyRange): Row[] {
    const gte = binaryString(range.gte);
    const lt = binaryString(range.lt);
    const keys = [...this.rows.keys()].filter((key) => key >= gte && key < lt);
    return keys.sort().map((key) => ({ key: binaryBytes(key), value: this.valueOf(key) }));
  }

  /** The rows whose key begins with `tag`. */
  tagged(tag: number): Row[] {
    return this.scan({ gte: Uint8Array.of(tag), lt: Uint8Array.of(tag + 1) });
  }

  private valueOf(key: string): Uint8Array {
    return this.rows.get(key) ?? new Uint8Array(0);
  }
}
