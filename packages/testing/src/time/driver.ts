/**
 * Moves an environment on, one step at a time, each only when everything before it has come to rest.
 *
 * At rest is an environment when nothing is pending in the server (see `activity.ts`) and every
 * attempt only awaits something of the server's: then nothing but the clock, or someone outside, can
 * make it go on. An attempt that executes a closure of `ctx.run`, or awaits something else than the
 * server, is not at rest, however long it takes. So time stands still while code of handlers runs.
 *
 * In the mode `skip` time moves only while someone waits for a result: what a test does between two
 * calls takes no time. The clock then jumps to the next durable timer, not to the next timer of any
 * kind: that results are forgotten after a day is nothing that a test waits for.
 */
import type { Activity } from "./activity.ts";
import { afterReal, turn } from "./real.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How time passes; see `TestEnvironmentOptions`. */
export type TimeMode = "skip" | "manual" | "real";

export interface DriverOptions {
  readonly mode: TimeMode;
  readonly activity: Activity;
  /** `undefined` in the mode `real`. */
  readonly time: VirtualTime | undefined;
  /** Whether all open attempts only await. */
  readonly areAttemptsAtRest: () => boolean;
  /** How many outside wait for a result. */
  readonly waitingCount: () => number;
  /** When the next durable timer is due that can make an invocation go on. */
  readonly nextInstant: () => Promise<number | undefined>;
  /** Whether something goes on after any timer of the server, durable or not. */
  readonly needsAnyTimer: () => boolean;
  /** Lets the next thing happen that is held back; whether there was one. */
  readonly releaseHeld: () => boolean;
  readonly stuckAfterMs: number;
  /** A callback has thrown; nothing moves any more. */
  readonly onBug: (error: unknown) => void;
  /** Someone waits, and nothing has happened for {@link stuckAfterMs} of real time. */
  readonly onStuck: (isAtRest: boolean) => void;
}

interface Advance {
  readonly until: number;
  readonly evenWhileRunning: boolean;
  readonly resolve: () => void;
}

/** Jumps for callers that have not been answered, after which the clock is not moved any more. */
const JUMPS_MAX = 20_000;
/** Longer than this, no step of the real event loop is thought to be stuck. */
const NEVER_MS = 2 ** 31;

export class Driver {
  readonly #options: DriverOptions;
  #closed = false;
  #settling: (() => void)[] = [];
  #advances: Advance[] = [];
  #skips: (() => void)[] = [];
  #pacedAt = -1;
  #jumps = 0;
  #frozen = 0;
  #jumpsExhausted = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    // What a callback throws is a bug, and nobody's to handle.
    this.#run().catch((error: unknown) => options.onBug(error));
  }

  /** Resolves when everything has come to rest; no time passes for it. */
  settled(): Promise<void> {
    return this.#ask((resolve) => this.#settling.push(resolve));
  }

  /** Lets time pass up to an instant. */
  advance(until: number, evenWhileRunning: boolean): Promise<void> {
    return this.#ask((resolve) => this.#advances.push({ until, evenWhileRunning, resolve }));
  }

  /** Jumps from timer to timer until no invocation waits for one. */
  skipAll(): Promise<void> {
    return this.#ask((resolve) => this.#skips.push(resolve));
  }

  /** Keeps the clock from jumping until the result is called. */
  freeze(): () => void {
    this.#frozen += 1;
    return () => {
      this.#frozen -= 1;
      this.#options.activity.touch();
    };
  }

  /** A caller has been answered. */
  answered(): void {
    this.#jumps = 0;
    this.#jumpsExhausted = false;
  }

  /** Whether callers have waited for more jumps of the clock than is reasonable. */
  get hasGivenUp(): boolean {
    return this.#jumpsExhausted;
  }

  /** Stops: nothing moves any more, and who waits is let go. */
  close(): void {
    this.#closed = true;
    this.#options.activity.touch();
    this.#letGo();
  }

  #ask(add: (resolve: () => void) => void): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const promise = new Promise<void>(add);
    this.#options.activity.touch();
    return promise;
  }

  #letGo(): void {
    for (const resolve of this.#settling.splice(0)) resolve();
    for (const { resolve } of this.#advances.splice(0)) resolve();
    for (const resolve of this.#skips.splice(0)) resolve();
  }

  async #run(): Promise<void> {
    const { activity } = this.#options;
    while (!this.#closed) {
      const seen = await this.#rest();
      if (this.#closed) return;
      if (await this.#step(seen)) continue;
      await this.#change(activity.changes === seen ? seen : -1, true);
    }
  }

  /** Resolves at rest, with the count of changes up to then. */
  async #rest(): Promise<number> {
    const { activity } = this.#options;
    let before = -1;
    while (!this.#closed) {
      await turn();
      const seen = activity.changes;
      if (activity.pending > 0 || !this.#isUserCodeAtRest()) {
        await this.#change(seen, false);
        before = -1;
      } else if (seen === before) return seen;
      else before = seen;
    }
    return before;
  }

  #isUserCodeAtRest(): boolean {
    return this.#advances[0]?.evenWhileRunning === true || this.#options.areAttemptsAtRest();
  }

  /** Waits for anything to happen. */
  async #change(seen: number, isAtRest: boolean): Promise<void> {
    const { activity, stuckAfterMs, onStuck } = this.#options;
    if (!this.#isWaitedFor || stuckAfterMs >= NEVER_MS) return activity.changed(seen);
    const cancel = afterReal(stuckAfterMs, () => {
      if (activity.changes === seen && !this.#closed) onStuck(isAtRest);
    });
    await activity.changed(seen);
    cancel();
  }

  get #isWaitedFor(): boolean {
    const asked = this.#settling.length + this.#advances.length + this.#skips.length;
    return asked > 0 || this.#options.waitingCount() > 0;
  }

  /** Does the next thing; `false` if there is nothing to do. */
  async #step(seen: number): Promise<boolean> {
    const { time, activity, releaseHeld } = this.#options;
    if (releaseHeld()) return true;
    const due = time?.takeDue();
    if (due !== undefined) return this.#call(due);
    const instant = this.#later(await this.#options.nextInstant());
    if (activity.changes !== seen || this.#closed) return true;
    if (this.#pace(seen, instant)) return true;
    if (this.#settling.length > 0) {
      for (const resolve of this.#settling.splice(0)) resolve();
      activity.touch();
      return true;
    }
    return this.#advance(instant) || this.#skip(instant);
  }

  #later(instant: number | undefined): number | undefined {
    const now = this.#options.time?.now ?? 0;
    return instant === undefined || instant <= now ? undefined : instant;
  }

  #call(callback: () => void): boolean {
    this.#options.activity.touch();
    callback();
    return true;
  }

  /** Whatever comes of one such callback is waited for before the next: it may set another. */
  #pace(seen: number, instant: number | undefined): boolean {
    if (this.#pacedAt === seen) return false;
    const callback = this.#options.time?.takePacing(instant ?? Number.POSITIVE_INFINITY);
    if (callback === undefined) return false;
    const { activity } = this.#options;
    activity.touch();
    this.#pacedAt = activity.changes;
    callback();
    return true;
  }

  #advance(instant: number | undefined): boolean {
    const { time, activity } = this.#options;
    const [next] = this.#advances;
    if (next === undefined || time === undefined) return false;
    const isOver = time.now >= next.until;
    if (isOver) {
      this.#advances.shift();
      next.resolve();
    } else time.moveTo(Math.min(next.until, instant ?? next.until));
    activity.touch();
    return true;
  }

  #skip(instant: number | undefined): boolean {
    const { time, mode, activity, waitingCount, needsAnyTimer } = this.#options;
    const isWanted = mode === "skip" && waitingCount() > 0 && this.#frozen === 0;
    if (!isWanted && this.#skips.length === 0) return false;
    const any = needsAnyTimer() ? this.#later(time?.nextAt) : undefined;
    const target = Math.min(instant ?? Number.POSITIVE_INFINITY, any ?? Number.POSITIVE_INFINITY);
    if (target === Number.POSITIVE_INFINITY || time === undefined || this.#jumps >= JUMPS_MAX) {
      this.#jumpsExhausted = this.#jumps >= JUMPS_MAX;
      if (this.#skips.length === 0) return false;
      for (const resolve of this.#skips.splice(0)) resolve();
      this.#jumps = 0;
    } else {
      this.#jumps += 1;
      time.moveTo(target);
    }
    activity.touch();
    return true;
  }
}
