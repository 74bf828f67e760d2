/** How bursts of attempts are spread over turns of the event loop. */
import { describe, expect, it } from "vitest";
import { ManualPorts } from "../testing/manual-ports.ts";
import { AttemptPace } from "./attempt-pace.ts";

function begin() {
  const ports = new ManualPorts();
  const turns: number[] = [];
  const pace = new AttemptPace(ports, () => turns.push(opened));
  let opened = 0;
  const openAll = () => {
    while (pace.mayOpen) {
      pace.opened();
      opened += 1;
    }
    return opened;
  };
  return { ports, pace, turns, openAll };
}

describe("the pace of attempts", () => {
  it("opens so many a turn, and says when the next turn has begun", async () => {
    const { ports, turns, openAll } = begin();
    expect(openAll()).toBe(100);
    expect(turns).toEqual([]);
    await ports.settle();
    expect(turns).toEqual([100]);
    expect(openAll()).toBe(200);
    await ports.settle();
    expect(turns).toEqual([100, 200]);
  });

  it("lets invocations be made at once while few wait, and once a turn when many do", async () => {
    const { ports, pace } = begin();
    const made: string[] = [];
    pace.bear(255, () => made.push("few"));
    expect(made).toEqual(["few"]);
    pace.bear(256, () => made.push("many"));
    expect(made).toEqual(["few"]);
    await ports.settle();
    expect(made).toEqual(["few", "many"]);
  });
});
