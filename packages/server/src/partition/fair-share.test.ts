import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ManualPorts } from "../testing/manual-ports.ts";
import { FairShare } from "./fair-share.ts";

/** Takes a step of so many milliseconds, in which so many records are applied, and then another. */
async function take(stepMs: number, records: number) {
  const ports = new ManualPorts();
  let applied = 100;
  const share = new FairShare({ ports, applied: () => applied });
  const seen: string[] = [];
  const first = share.take(async () => {
    await ports.advance(stepMs);
    applied += records;
    return "first";
  });
  void first.then((result) => seen.push(result));
  void share.take(async () => void seen.push("second"));
  await setImmediate();
  const pass = async (ms: number) => {
    await ports.advance(ms);
    await setImmediate();
  };
  return { ports, seen, pass };
}

describe("the next step", () => {
  it("begins after a rest as long as the last one if others have had work meanwhile", async () => {
    const { seen, pass } = await take(20, 2);
    await pass(19);
    expect(seen).toEqual(["first"]);
    await pass(1);
    expect(seen).toEqual(["first", "second"]);
  });

  it("begins at once where nobody else has work", async () => {
    expect((await take(20, 1)).seen).toEqual(["first", "second"]);
    expect((await take(20, 0)).seen).toEqual(["first", "second"]);
  });

  it("begins at once after one that has taken no time", async () => {
    const { ports, seen } = await take(0, 9);
    expect(seen).toEqual(["first", "second"]);
    expect(ports.timerCount).toBe(0);
  });

  it("waits no longer than a moment after a slow disk", async () => {
    const { seen, pass } = await take(60_000, 2);
    await pass(49);
    expect(seen).toEqual(["first"]);
    await pass(1);
    expect(seen).toEqual(["first", "second"]);
  });

  it("begins when the one before has failed, and only then", async () => {
    const share = new FairShare({ ports: new ManualPorts(), applied: () => 0 });
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
