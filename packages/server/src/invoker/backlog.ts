/**
 * Where the notifications of an attempt wait that it does not want yet: in memory as far as its own
 * bounds and the budget of all attempts go, beyond that in the store alone.
 */
import type { Limits } from "../limits.ts";
import type { Notified } from "./delivery.ts";
import type { PendingBudget } from "./pending-budget.ts";

type BacklogLimits = Pick<Limits, "attemptPendingItemsMax" | "attemptPendingBytesMax">;

/** About what a notification takes besides its frame. */
const ITEM_BYTES_ABOUT = 400;

export class Backlog {
  /** Notifications after those that were sent are in the store alone. */
  isInStore = false;
  /** They are being read. */
  isBeingRead = false;
  private readonly limits: BacklogLimits;
  private readonly budget: PendingBudget | undefined;
  private borrowed = 0;
  private held: Notified[] = [];
  private heldBytes = 0;
  private acks: Set<number> | undefined;

  constructor(limits: BacklogLimits, budget: PendingBudget | undefined) {
    this.limits = limits;
    this.budget = budget;
  }

  /** Keeps what arrives while the attempt is replaying. */
  hold(notified: Notified): void {
    this.held.push(notified);
    this.heldBytes += notified.frame.length;
  }

  takeHeld(): readonly Notified[] {
    const { held } = this;
    this.held = [];
    this.heldBytes = 0;
    return held;
  }

  /** Whether so much may wait in memory beside what is held. */
  fits(itemsBeside: number, bytesBeside: number): boolean {
    const { attemptPendingItemsMax, attemptPendingBytesMax } = this.limits;
    const items = itemsBeside + this.held.length;
    const bytes = bytesBeside + this.heldBytes;
    if (items <= attemptPendingItemsMax && bytes <= attemptPendingBytesMax) return true;
    const wanted = items * ITEM_BYTES_ABOUT + bytes;
    if (this.budget?.resize(this.borrowed, wanted) !== true) return false;
    this.borrowed = wanted;
    return true;
  }

  /** Nothing waits in memory any more. */
  giveBack(): void {
    if (this.borrowed === 0) return;
    this.budget?.resize(this.borrowed, 0);
    this.borrowed = 0;
  }

  /** The result that comes from the store is one that the attempt itself proposed. */
  oweAck(completionId: number): void {
    this.acks ??= new Set();
    this.acks.add(completionId);
  }

  /** Whether an acknowledgement is owed; it is given now. */
  takeAck(completionId: number): boolean {
    return this.acks?.delete(completionId) === true;
  }

  /** All of it has been read. */
  end(): void {
    this.isBeingRead = false;
    this.isInStore = false;
    this.acks = undefined;
  }
}
