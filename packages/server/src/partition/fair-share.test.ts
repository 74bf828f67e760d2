import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { FairShare } from "./fair-share.ts";

/** A share on a clock that only steps and {@link World.pass} move on. */
class World {
  readonly seen: string[] = [];
  readonly share: FairShare;
  private time = 0;
  private applied = 100;
  private readonly timers: { readonly at: number; readonly callback: () => void }[] = [];

  constructor() {
    const clock = { now: () => this.time };
    const after = (delayMs: number, callback: () => void) => {
      this.timers.push({ at: this.time + delayMs, callback });
      return () => undefined;
    };
    this.share = new FairShare({
      ports: { clock, timers: { after } },
      applied: () => this.applied,
    });
  }

  /** Takes a step of so many milliseconds, in which so many records are applied, and then another. */
  async takeTwo(stepMs: number, records: number): Promise<void> {
    const first = this.share.take(async () => {
      this.time += stepMs;
      this.applied += records;
      return "first";
    });
    void first.then((given) => this.seen.push(given));
    void this.share.take(async () => void this.seen.push("second"));
    await setImmediate();
  }

  async pass(ms: number): Promise<void> {
    this.time += ms;
    for (const { at, callback } of this.timers) if (at <= this.time) callback();
    await setImmediate();
  }
}

describe("the next step", () => {
  it("begins after a rest as long as the last one if others have had work meanwhile", async () => {
    const world = new World();
    await world.takeTwo(20, 2);
    await world.pass(19);
    expect(world.seen).toEqual(["first"]);
    await world.pass(1);
    expect(world.seen).toEqual(["first", "second"]);
  });

  it.each([
    ["nobody else has work", 20, 1],
    ["nothing was applied", 20, 0],
    ["the last one has taken no time", 0, 9],
  ])("begins at once where %s", async (_, stepMs, records) => {
    const world = new World();
    await world.takeTwo(stepMs, records);
    expect(world.seen.toSorted()).toEqual(["first", "second"]);
  });

  it("waits no longer than a moment after a slow disk", async () => {
    const world = new World();
    await world.takeTwo(60_000, 2);
    await world.pass(19);
    expect(world.seen).toEqual(["first"]);
    await world.pass(1);
    expect(world.seen).toEqual(["first", "second"]);
  });

  it("begins when the one before has failed, and only then", async () => {
    const { share } = new World();
    let fail = (_error: Error) => {};
    const failing = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const first = share.take(() => failing);
    const begun: string[] = [];
    const second = share.take(async () => void begun.push("second"));
    await setImmediate();
    expect(begun).toEqual([]);
    fail(new Error("lost"));
    await expect(first).rejects.toThrow("lost");
    await second;
    expect(begun).toEqual(["second"]);
  });
});
