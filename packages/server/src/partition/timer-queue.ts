/**
 * Durable timers: the next due ones in memory, the others in the store, one wake-up at a time.
 *
 * In memory is every timer up to `horizon`, a position in the order of timers, and none beyond it;
 * what lies beyond is read when the ones before have fired. A timer that is set while a page is
 * being read waits until it is known on which side of the new horizon it lies. A timer is taken off
 * when its record is submitted; its row is deleted by the commit of that record. The horizon never
 * falls below a timer that has fired, so that its row is not read again before it is gone.
 */
import { type Reads, Tag, type TimerId, tagRange, timerOfRow, timerRowKey } from "@rejoin/engine";
import type { Ports } from "../ports/ports.ts";

export interface TimerQueueOptions {
  readonly store: Reads;
  readonly ports: Ports;
  /** How many timers are kept in memory. */
  readonly capacity: number;
  readonly fire: (timer: TimerId) => void;
  readonly onFailure: (error: unknown) => void;
}

interface Pending {
  readonly timer: TimerId;
  /** The row key as a string of bytes: the order of timers. */
  readonly position: string;
}

export class TimerQueue {
  private readonly options: TimerQueueOptions;
  /** Ascending by position. */
  private pending: Pending[] = [];
  /** The last position that is surely in memory; `undefined` for all of them. */
  private horizon: string | undefined = "";
  private refilling = false;
  /** Set while a page was being read, and beyond the horizon then. */
  private late: Pending[] = [];
  private lastFired = "";
  private cancelWakeUp: (() => void) | undefined;
  private wakeUpAt = Number.POSITIVE_INFINITY;
  private closed = false;

  constructor(options: TimerQueueOptions) {
    this.options = options;
  }

  /** Reads the first timers. */
  start(): void {
    void this.refill();
  }

  close(): void {
    this.closed = true;
    this.cancelWakeUp?.();
  }

  /** A timer has become durable. */
  add(timer: TimerId): void {
    const position = positionOf(timer);
    if (!this.isWithin(position)) {
      if (this.refilling) this.late.push({ timer, position });
      return;
    }
    this.insert({ timer, position });
    if (this.pending.length > 2 * this.options.capacity && !this.refilling) this.trim();
    this.arm();
  }

  private isWithin(position: string): boolean {
    return this.horizon === undefined || position <= this.horizon;
  }

  private insert(entry: Pending): void {
    let low = 0;
    let high = this.pending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.pending[middle];
      if (other !== undefined && other.position < entry.position) low = middle + 1;
      else high = middle;
    }
    if (this.pending[low]?.position !== entry.position) this.pending.splice(low, 0, entry);
  }

  /** Leaves the later ones to the store. */
  private trim(): void {
    let kept = this.options.capacity;
    while ((this.pending[kept]?.position ?? this.lastFired) < this.lastFired) kept++;
    this.pending.length = Math.min(kept, this.pending.length);
    const last = this.pending.at(-1)?.position ?? "";
    this.horizon = last > this.lastFired ? last : this.lastFired;
  }

  private arm(): void {
    if (this.closed) return;
    const next = this.pending[0];
    if (next === undefined) {
      if (this.horizon !== undefined) void this.refill();
      return;
    }
    const { timeMs } = next.timer;
    if (timeMs >= this.wakeUpAt) return;
    this.cancelWakeUp?.();
    this.wakeUpAt = timeMs;
    const delayMs = Math.max(0, timeMs - this.options.ports.clock.now());
    this.cancelWakeUp = this.options.ports.timers.after(delayMs, () => this.wakeUp());
  }

  private wakeUp(): void {
    this.wakeUpAt = Number.POSITIVE_INFINITY;
    this.cancelWakeUp = undefined;
    if (this.closed) return;
    const now = this.options.ports.clock.now();
    let due = 0;
    while ((this.pending[due]?.timer.timeMs ?? Number.POSITIVE_INFINITY) <= now) due++;
    const fired = this.pending.splice(0, due);
    for (const { timer, position } of fired) {
      if (position > this.lastFired) this.lastFired = position;
      this.options.fire(timer);
    }
    this.arm();
  }

  private async refill(): Promise<void> {
    if (this.refilling || this.closed) return;
    this.refilling = true;
    try {
      await this.readPage();
    } catch (error) {
      this.options.onFailure(error);
    } finally {
      this.refilling = false;
    }
    if (this.pending.length > 2 * this.options.capacity) this.trim();
    this.arm();
  }

  private async readPage(): Promise<void> {
    const { store, capacity } = this.options;
    const from = this.horizon === undefined || this.horizon === "" ? undefined : this.horizon;
    const after = from === undefined ? undefined : Uint8Array.from(from, (c) => c.charCodeAt(0));
    const rows = await store.scan(tagRange(Tag.timer, after), { limit: capacity });
    if (this.closed) return;
    for (const row of rows) {
      const timer = timerOfRow(row);
      this.insert({ timer, position: positionOf(timer) });
    }
    const last = rows.at(-1);
    this.horizon =
      rows.length < capacity || last === undefined ? undefined : String.fromCharCode(...last.key);
    for (const entry of this.late.splice(0)) if (this.isWithin(entry.position)) this.insert(entry);
  }
}

function positionOf(timer: TimerId): string {
  return String.fromCharCode(...timerRowKey(timer));
}
