/** What the basics promise, whichever SDK they are written against. */
import { expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { RunningExample } from "../run-example.ts";
import { mailTo } from "./expecting.ts";

type Basics = typeof import("../../typescript/basics/src/index.ts");

export function testBasics(example: Basics, running: () => RunningExample): void {
  const { leaveRequest, podcast, repairShop, scoreboard, sentMails } = example;
  it("publishes an episode in steps", async () => {
    const published = await running().ingress.serviceClient(podcast).publish({ title: "One" });
    expect(published.url).toBe(`https://podcast.example/${published.id}.ogg`);
    expect(published.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("repairs a bicycle when its owner agrees, and writes to the owner later", async () => {
    const { ingress } = running();
    const bicycle = { owner: "Ida", defects: ["brake", "bell"], answerWithinMs: 60_000 };
    const repair = ingress.serviceClient(repairShop).bringIn(bicycle);
    const [, id = ""] = await mailTo(sentMails, "Ida", /^40 euros\? Answer to (sign_\S+)/);
    await ingress.resolveAwakeable(id, true);
    expect(await repair).toBe("repaired for 40 euros: brake, bell");
    await mailTo(sentMails, "Ida", /How does it ride/);
    const scores = ingress.objectClient(scoreboard, "Ida");
    await eventually(async () => expect(await scores.read()).toBe("Ida: 2 points in 1 games"));
  });

  it("repairs nothing if the owner does not answer in time", async () => {
    const bicycle = { owner: "Nils", defects: ["chain"], answerWithinMs: 20 };
    expect(await running().ingress.serviceClient(repairShop).bringIn(bicycle)).toBe(
      "not repaired: Nils did not agree to 20 euros",
    );
  });

  it("keeps the points of a player, and loses none of those that come at once", async () => {
    const ana = running().ingress.objectClient(scoreboard, "ana");
    await Promise.all(Array.from({ length: 20 }, () => ana.add(2)));
    expect(await ana.read()).toBe("ana: 40 points in 20 games");
    expect(await running().ingress.objectClient(scoreboard, "bo").read()).toMatch(/^bo: 0 points/);
    await ana.reset();
    expect(await ana.read()).toBe("ana: 0 points in 0 games");
  });

  it("runs a workflow once per key, and answers everyone who waits for it", async () => {
    const { ingress, ingressUrl } = running();
    const request = { employee: "Kim", manager: "Lou", days: 3 };
    expect(await example.submitLeave(ingressUrl, "kim-1", request)).toBe("Accepted");
    expect(await example.submitLeave(ingressUrl, "kim-1", request)).toBe("PreviouslyAccepted");
    const leave = ingress.workflowClient(leaveRequest, "kim-1");
    await eventually(async () => expect(await leave.status()).toBe("waiting for a decision"));
    await mailTo(sentMails, "Lou", /3 days for Kim\? See kim-1/);

    const decision = { approved: false, reason: "too many at once" };
    await leave.decide(decision);
    expect(await example.awaitDecision(ingressUrl, "kim-1")).toEqual(decision);
    expect(await leave.status()).toBe("refused");
    await expect(leave.decide({ approved: true })).rejects.toThrow(/already/i);
    expect(sentMails.filter(({ to }) => to === "Lou")).toHaveLength(1);
  });
}
