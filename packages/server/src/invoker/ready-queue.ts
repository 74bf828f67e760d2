/**
 * Ids of invocations that wait for an attempt, first in first out, 24 bytes each.
 *
 * Beyond its capacity it drops what comes and remembers that it did: the invocations are in the
 * store, and are found there again when the queue has run empty.
 */
import type { InvocationKey } from "@rejoin/protocol";

const ID_BYTES = 24;
const INITIAL_CAPACITY = 64;

export class ReadyQueue {
  /** Something was dropped since the last {@link resetOverflow}. */
  overflowed = false;
  private readonly capacityMax: number;
  private bytes = Buffer.allocUnsafe(INITIAL_CAPACITY * ID_BYTES);
  private capacity = INITIAL_CAPACITY;
  private head = 0;
  private count = 0;

  constructor(capacityMax: number) {
    this.capacityMax = capacityMax;
  }

  get length(): number {
    return this.count;
  }

  push(key: InvocationKey): void {
    if (this.count === this.capacityMax) {
      this.overflowed = true;
      return;
    }
    if (this.count === this.capacity) this.resize(this.capacity * 2);
    const offset = ((this.head + this.count) % this.capacity) * ID_BYTES;
    this.bytes.write(key, offset, "latin1");
    this.count += 1;
  }

  shift(): InvocationKey | undefined {
    if (this.count === 0) return undefined;
    const offset = this.head * ID_BYTES;
    const key = this.bytes.toString("latin1", offset, offset + ID_BYTES);
    this.head = (this.head + 1) % this.capacity;
    this.count -= 1;
    if (this.capacity > INITIAL_CAPACITY * 16 && this.count * 4 < this.capacity) {
      this.resize(this.capacity / 2);
    }
    return key;
  }

  resetOverflow(): void {
    this.overflowed = false;
  }

  private resize(capacity: number): void {
    const bytes = Buffer.allocUnsafe(capacity * ID_BYTES);
    const first = Math.min(this.count, this.capacity - this.head);
    bytes.set(this.bytes.subarray(this.head * ID_BYTES, (this.head + first) * ID_BYTES));
    bytes.set(this.bytes.subarray(0, (this.count - first) * ID_BYTES), first * ID_BYTES);
    this.bytes = bytes;
    this.capacity = capacity;
    this.head = 0;
  }
}
