/** How long the last replay of some invocations took: their next one may be held back as long. */
import type { InvocationKey } from "@rejoin/protocol";

const REPLAYS_REMEMBERED_MAX = 10_000;

export class ReplayTimes {
  private readonly lastMs = new Map<InvocationKey, number>();

  /** Beyond the bound, the one that was remembered first is forgotten. */
  remember(key: InvocationKey, replayMs: number): void {
    this.lastMs.set(key, replayMs);
    if (this.lastMs.size <= REPLAYS_REMEMBERED_MAX) return;
    const oldest = this.lastMs.keys().next();
    if (oldest.done !== true) this.lastMs.delete(oldest.value);
  }

  /** Milliseconds, 0 if nothing is known; it is forgotten. */
  take(key: InvocationKey): number {
    const ms = this.lastMs.get(key) ?? 0;
    this.lastMs.delete(key);
    return ms;
  }
}
