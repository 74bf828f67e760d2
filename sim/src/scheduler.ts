/**
 * Virtual time. Everything that happens later is an event here; one event runs at a time, and the
 * promises that it settles run to their end before the next.
 *
 * Which of the runnable events comes next is drawn from the seed. When none is runnable, time jumps
 * to the next one that will be.
 */
import type { SeededRandom } from "./random.ts";
import type { Trace } from "./trace.ts";

/** A process, or what lives as long as one: its events are dropped when it has died. */
export interface Life {
  readonly name: string;
  alive: boolean;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly life: Life;
  readonly label: string;
  run: (() => void) | undefined;
}

/** How the next event is chosen. `fifo` is what a real process mostly does. */
export type PickPolicy = "random" | "fifo" | "mixed";

export interface SchedulerOptions {
  readonly random: SeededRandom;
  readonly policy: PickPolicy;
  /** The probability that a step, or a look at the clock, takes a millisecond. */
  readonly tickProbability: number;
}

const EPOCH_MS = 1_700_000_000_000;

export class VirtualScheduler {
  trace: Trace | undefined;
  private readonly options: SchedulerOptions;
  private time = EPOCH_MS;
  private orders = 0;
  private ready: Event[] = [];
  /** A binary heap by time and order. */
  private readonly later: Event[] = [];
  private resting: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.options = options;
  }

  /** The virtual time in milliseconds. */
  now(): number {
    return this.time;
  }

  /** The virtual time as simulated code sees it: looking may take time. */
  readClock(): number {
    this.tick();
    return this.time;
  }

  /** Runs `callback` at any time from now on, after what is running. */
  soon(life: Life, label: string, callback: () => void): void {
    this.ready.push({ at: this.time, order: this.orders++, life, label, run: callback });
  }

  /** Runs `callback` when `delayMs` have passed; the result cancels it. */
  after(life: Life, delayMs: number, label: string, callback: () => void): () => void {
    const at = this.time + Math.max(0, Math.ceil(delayMs));
    const event: Event = { at, order: this.orders++, life, label, run: callback };
    if (at <= this.time) this.ready.push(event);
    else push(this.later, event);
    return () => {
      event.run = undefined;
    };
  }

  /** A promise that resolves after `delayMs`; never if `life` ends before. */
  sleep(life: Life, delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => this.after(life, delayMs, label, resolve));
  }

  /** Runs `task` when no microtask is left: the port of the SDK. */
  readonly afterMicrotasks = (task: () => void): void => {
    this.resting.push(task);
  };

  /** Resolves when everything that needs no event has run. */
  async settle(): Promise<void> {
    for (;;) {
      await whenMicrotasksHaveRun();
      if (this.resting.length === 0) return;
      const tasks = this.resting;
      this.resting = [];
      for (const task of tasks) task();
    }
  }

  /** Runs one event; `false` if there is none, now or later. */
  step(): boolean {
    this.tick();
    for (;;) {
      this.collectDue();
      if (this.ready.length === 0) {
        const next = this.later[0];
        if (next === undefined) return false;
        this.time = next.at;
        continue;
      }
      const event = this.takeReady();
      const { run } = event;
      if (run === undefined || !event.life.alive) continue;
      event.run = undefined;
      this.trace?.note(event.label, event.order);
      run();
      return true;
    }
  }

  private tick(): void {
    if (this.options.random.chance(this.options.tickProbability)) this.time += 1;
  }

  private collectDue(): void {
    for (let next = this.later[0]; next !== undefined; next = this.later[0]) {
      const dropped = next.run === undefined || !next.life.alive;
      if (!dropped && next.at > this.time) return;
      pop(this.later);
      if (!dropped) this.ready.push(next);
    }
  }

  private takeReady(): Event {
    const { random, policy } = this.options;
    const fifo = policy === "fifo" || (policy === "mixed" && random.chance(0.7));
    const index = fifo ? 0 : random.below(this.ready.length);
    const event = this.ready[index] as Event;
    if (fifo) this.ready.shift();
    else {
      const last = this.ready.pop() as Event;
      if (index < this.ready.length) this.ready[index] = last;
    }
    return event;
  }
}

/** Node runs a tick that a microtask has queued when no microtask is left. */
function whenMicrotasksHaveRun(): Promise<void> {
  return new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parent = (index - 1) >>> 1;
    const above = heap[parent] as Event;
    if (!isBefore(event, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event;
  if (heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    const right = heap[child + 1];
    if (right !== undefined && isBefore(right, heap[child] as Event)) child += 1;
    const below = heap[child] as Event;
    if (!isBefore(below, last)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
}
