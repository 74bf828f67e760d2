/**
 * Memory for the notifications that wait for attempts, beyond what each has for itself. A parent that
 * joins thousands of results gets them from here as long as there is room, and from the store where
 * there is none.
 */
export class PendingBudget {
  private readonly bytesMax: number;
  private used = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Changes what somebody has from `from` to `to` bytes; `false` if there is no room for it. */
  resize(from: number, to: number): boolean {
    if (to > from && this.used + to - from > this.bytesMax) return false;
    this.used += to - from;
    return true;
  }
}
