import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { realPorts } from "./ports.ts";

const DAY_MS = 86_400_000;

describe("waiting", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("takes its time", async () => {
    const done = vi.fn();
    const { signal } = new AbortController();
    const slept = realPorts.sleep(100, signal).then(done);
    await vi.advanceTimersByTimeAsync(99);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await slept;
    expect(done).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes longer than a timer can", async () => {
    const done = vi.fn();
    const slept = realPorts.sleep(30 * DAY_MS).then(done);
    await vi.advanceTimersByTimeAsync(30 * DAY_MS - 1);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await slept;
  });

  it("ends as soon as it is aborted, and leaves no timer", async () => {
    const controller = new AbortController();
    const slept = realPorts.sleep(DAY_MS, controller.signal);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not begin after an abort", async () => {
    await expect(realPorts.sleep(DAY_MS, AbortSignal.abort("stop"))).rejects.toMatchObject({
      message: "the request was aborted",
      cause: "stop",
    });
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("real time, chance and timeouts are those of the platform", () => {
  expect(Math.abs(realPorts.now() - Date.now())).toBeLessThan(60_000);
  expect(realPorts.random()).not.toBe(realPorts.random());
  expect(realPorts.timeoutSignal(DAY_MS).aborted).toBe(false);
});
