/**
 * Callees that wait for a slot of a concurrency limit which their caller has: it has to give it up
 * when it only awaits. That is remembered until it has, since the attempt that was asked may fail,
 * or there may be none at the moment.
 */
import type { Invocation } from "@rejoin/engine";
import { ChurnMap, type InvocationKey } from "@rejoin/protocol";

export class SlotRequests {
  private readonly wanted = new ChurnMap<InvocationKey, readonly string[]>();

  /**
   * A callee of `key` waits for a slot of `limiter`. `caller`: as far as it is known. Whether it has
   * such a slot, or may get one before its callee: because it waits itself.
   */
  add(key: InvocationKey, limiter: string, caller: Invocation | null | undefined): boolean {
    if (caller === null) return false;
    const isWaiting = caller?.waitingFor !== undefined;
    if (caller !== undefined && !isWaiting && !caller.slots.includes(limiter)) return false;
    const wanted = this.wanted.get(key) ?? [];
    if (!wanted.includes(limiter)) this.wanted.set(key, [...wanted, limiter]);
    return true;
  }

  /** Whether the invocation has a slot that a callee of it waits for. */
  concern({ key, slots }: Invocation): boolean {
    if (this.wanted.size === 0 || slots.length === 0) return false;
    const wanted = this.wanted.get(key);
    return wanted !== undefined && slots.some((limiter) => wanted.includes(limiter));
  }

  /** It has given back what it had. */
  delete(key: InvocationKey): void {
    if (this.wanted.size > 0) this.wanted.delete(key);
  }
}
