/** What may wait in memory for an attempt. */
import { encodeFrame, type Notification } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { Backlog } from "./backlog.ts";
import { PendingBudget } from "./pending-budget.ts";

const limits = { attemptPendingItemsMax: 4, attemptPendingBytesMax: 1000 };

function notified(index: number, bytes: number) {
  const result = { kind: "value", value: new Uint8Array(bytes) } as const;
  const message: Notification = { kind: "runCompletion", completionId: index, result };
  return { index, message, frame: encodeFrame(message, 7), ackOfRun: undefined };
}

describe("what is held during a replay", () => {
  it("counts by its bytes too, until it is taken", () => {
    const backlog = new Backlog(limits, undefined);
    backlog.hold(notified(1, 600));
    expect(backlog.fits(0, 0)).toBe(true);
    expect(backlog.fits(0, 500)).toBe(false);
    backlog.hold(notified(2, 600));
    expect(backlog.fits(0, 0)).toBe(false);
    expect(backlog.takeHeld().map(({ index }) => index)).toEqual([1, 2]);
    expect(backlog.fits(4, 1000)).toBe(true);
    expect(backlog.takeHeld()).toEqual([]);
  });

  it("is paid for from the budget of all attempts, by its bytes", () => {
    const budget = new PendingBudget(100_000);
    const backlog = new Backlog(limits, budget);
    backlog.hold(notified(1, 60_000));
    expect(backlog.fits(0, 0)).toBe(true);
    expect(budget.resize(0, 60_000)).toBe(false);
    backlog.hold(notified(2, 60_000));
    expect(backlog.fits(0, 0)).toBe(false);
    backlog.giveBack();
    expect(budget.resize(0, 100_000)).toBe(true);
  });
});
