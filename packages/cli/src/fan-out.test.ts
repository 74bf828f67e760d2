/** A person meets a fan-out of which some fails: sees what and why, repairs it, and sees it end. */
import { expect, it } from "vitest";
import { shareServer } from "./testing/real-server.ts";

const server = shareServer();
const TIMEOUT_MS = 60_000;

it(
  "follows a fan-out of 1,000, finds what failed and why, and lets it go on",
  async () => {
    const id = await server.text("send", "worker/run", "1000");
    const children = ["invocations", "children", id, "--limit", "1"];
    await server.until(children, ({ summary }) => summary.by_status.paused === 10);

    const seen = await server.run("inv", "children", id, "--failed", "--limit", "2");
    expect(seen.stdout).toContain("990/1000\n980 succeeded, 10 failed, 10 paused\n");
    expect(seen.stdout).toMatch(/^10 +\[404\] no such article +inv_\S+$/m);
    expect(
      seen.stdout.match(/ worker\/subtask +completed .* failed: \[404\] no such article$/gm),
    ).toHaveLength(2);
    const paused = await server.text("inv", "ls", "--parent", id, "--status", "paused");
    expect(paused.match(/ paused .* 2 attempts failed: .*the shop is closed/g)).toHaveLength(10);
    const why = await server.text("inv", "summary", "--parent", id, "--by", "status,failure");
    expect(why).toMatch(/^10 +paused +.*the shop is closed/m);

    const watching = server.terminal({ isTerminal: true });
    const watched = watching.run("inv", "watch", "worker/run", "--interval", "0.1");
    await watching.find(/10 paused: rejoin/);
    server.surroundings.isRepaired = true;
    const resumed = await server.json("inv", "resume", "--parent", id, "--yes");
    expect(resumed.succeeded).toHaveLength(10);
    expect(resumed.failed).toEqual([]);
    expect(await watched).toBe(0);
    const last = watching.frames.at(-1) ?? "";
    expect(last).toContain("1000/1000: ");
    expect(last).toContain("100 %");
    expect(watching.frames[0]).toContain("10 paused: rejoin invocations resume --parent inv_");

    expect(await server.text("inv", "output", id)).toBe("990");
    const again = await server.json("inv", "restart", "--parent", id, "--failed", "--yes");
    expect(again.succeeded).toHaveLength(10);
    expect(again.succeeded[0]).toEqual({
      old_invocation_id: expect.stringMatching(/^inv_/),
      new_invocation_id: expect.stringMatching(/^inv_/),
    });
  },
  TIMEOUT_MS,
);
