import { describe, expect, it } from "vitest";
import type { Session } from "../target/target.ts";
import { untilQuiet } from "./quiet.ts";

/** A session whose processes have used so much CPU, each time that somebody asks. */
function sessionOf(...cpuUs: readonly (number | undefined)[]): Session & { asked(): number } {
  let asked = 0;
  const usage = async () => {
    const used = cpuUs[Math.min(asked, cpuUs.length - 1)];
    asked += 1;
    const process = { name: "server", cpuUs: used, mainThreadCpuUs: undefined };
    return {
      processes: [{ ...process, rssBytes: undefined, rssPeakBytes: undefined }],
      counters: undefined,
    };
  };
  return { usage, asked: () => asked } as Partial<Session> & { asked(): number } as never;
}

const MUCH = 1e9;

describe("waiting for a target to become quiet", () => {
  it("looks again until a window has passed in which it did nothing", async () => {
    const session = sessionOf(0, MUCH, 2 * MUCH, 2 * MUCH);
    expect(await untilQuiet(session, { windowMs: 1, limitMs: 60_000 })).toBe(true);
    expect(session.asked()).toBe(4);
  });

  it("ends where that cannot be seen, and does not wait without a limit", async () => {
    const unknown = sessionOf(undefined);
    expect(await untilQuiet(unknown, { windowMs: 1, limitMs: 60_000 })).toBe(true);
    const busy = sessionOf(0, MUCH);
    expect(await untilQuiet(busy, { windowMs: 1, limitMs: 0 })).toBe(false);
    expect(busy.asked()).toBe(1);
  });

  it("gives up at the limit", async () => {
    let cpuUs = 0;
    const session = sessionOf(0);
    const usage = async () => {
      cpuUs += MUCH;
      const process = { name: "server", cpuUs, mainThreadCpuUs: undefined };
      return {
        processes: [{ ...process, rssBytes: undefined, rssPeakBytes: undefined }],
        counters: undefined,
      };
    };
    expect(await untilQuiet({ ...session, usage }, { windowMs: 1, limitMs: 5 })).toBe(false);
  });
});
