/** What the tutorials promise, whichever SDK they are written against. */
import { expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { RunningExample } from "../run-example.ts";
import { failure, mailTo } from "./expecting.ts";

type Tutorials = typeof import("../../typescript/tutorials/src/index.ts");

export function testTutorials(example: Tutorials, running: () => RunningExample): void {
  testOrchestration(example, running);
  testOrchestrationOfTime(example, running);
  testWorkflows(example, running);
  testWorkflowsThatFail(example, running);
}

function testOrchestration(example: Tutorials, running: () => RunningExample): void {
  const { worldLog } = example;
  const logged = (pattern: RegExp) => worldLog.filter((line) => pattern.test(line));

  it("orchestration 1: takes the payment once, although the oven fails", async () => {
    example.cutPower(2);
    const bakery = running().ingress.serviceClient(example.bakery);
    const cake = { customer: "Ada", flavour: "lemon" };
    expect(await bakery.order(cake)).toBe("a layer of lemon");
    expect(logged(/20 euros from Ada/)).toHaveLength(1);
    expect(logged(/^baked lemon/)).toHaveLength(1);
    await expect(bakery.order({ ...cake, customer: "poor Poe" })).rejects.toEqual(
      failure(402, /poor Poe does not have 20 euros/),
    );
  });

  it("orchestration 2: calls, sends, and sends later", async () => {
    const delivery = running().ingress.serviceClient(example.delivery);
    const cake = { customer: "Bea", flavour: "plum" };
    expect(await delivery.orderToHome(cake)).toBe("a layer of plum is on its way");
    await eventually(() => expect(logged(/collected the plate of Bea/)).toHaveLength(1));
    expect(logged(/drove to Bea/)).toHaveLength(1);
  });

  it("orchestration 3: does steps and calls side by side, and keeps their order", async () => {
    const patisserie = running().ingress.serviceClient(example.patisserie);
    const flavours = ["nut", "fig", "pear"];
    const layers = flavours.map((flavour) => `a layer of ${flavour}`);
    expect(await patisserie.bakeLayers({ customer: "Cy", flavours })).toEqual(layers);
    expect(await patisserie.orderMany({ customer: "Cy", flavours })).toEqual(layers);
    const outcomes = await patisserie.orderMany({ customer: "poor Cy", flavours: ["nut"] });
    expect(outcomes).toEqual(["poor Cy does not have 20 euros"]);
  });

  it("orchestration 5: never takes more than there is", async () => {
    const sugar = running().ingress.objectClient(example.ingredient, "sugar");
    await sugar.add(5);
    const taken = await Promise.all(Array.from({ length: 8 }, () => sugar.take(1)));
    expect(taken.filter((enough) => enough)).toHaveLength(5);
    expect(await sugar.amount()).toBe(0);
  });

  it("orchestration 6: gives everything back when the payment fails", async () => {
    const { ingress } = running();
    const honey = ingress.objectClient(example.ingredient, "honey");
    await honey.add(12);
    const { orderCake } = ingress.serviceClient(example.wedding);
    await expect(orderCake({ customer: "poor Di", flavour: "honey" })).rejects.toEqual(
      failure(402, /poor Di does not have 900 euros/),
    );
    expect(await honey.amount()).toBe(12);
    expect(logged(/^refund/)).toHaveLength(1);
    const payment = await orderCake({ customer: "Di", flavour: "honey" });
    expect(logged(/900 euros from Di/)).toEqual([`payment ${payment}: 900 euros from Di`]);
    await expect(orderCake({ customer: "Di", flavour: "honey" })).rejects.toEqual(
      failure(500, /not enough honey/),
    );
    expect(await honey.amount()).toBe(2);
  });
}

function testOrchestrationOfTime(example: Tutorials, running: () => RunningExample): void {
  const { sentMails, worldLog } = example;

  it("orchestration 4: waits until somebody answers", async () => {
    const { ingress } = running();
    const invitation = ingress
      .serviceClient(example.tasting)
      .invite({ customer: "Eva", flavour: "mint" });
    const [, id = ""] = await mailTo(sentMails, "Eva", /How is the mint\? (\S+)/);
    await ingress.resolveAwakeable(id, 4);
    expect(await invitation).toBe("Eva gives 4 stars to mint");
  });

  it("orchestration 7: waits for a while", async () => {
    const { ingress } = running();
    const { hold } = ingress.serviceClient(example.counter);
    const fetched = hold({ customer: "Flo", flavour: "rum", forMs: 60_000 });
    const [, id = ""] = await mailTo(sentMails, "Flo", /Your rum is ready: (\S+)/);
    await ingress.resolveAwakeable(id);
    expect(await fetched).toBe("fetched");
    expect(await hold({ customer: "Gil", flavour: "rum", forMs: 20 })).toBe("eaten");
    expect(worldLog.filter((line) => line.includes("ate the rum"))).toEqual([
      "the baker ate the rum of Gil",
    ]);
  });
}

function testWorkflows(example: Tutorials, running: () => RunningExample): void {
  const { sentMails, officeLog } = example;

  it("workflows 1: runs once for one id", async () => {
    const welcome = running().ingress.workflowClient(example.welcome, "v1");
    const submissions = [
      await welcome.workflowSubmit({ name: "Hal" }),
      await welcome.workflowSubmit({ name: "Hal" }),
    ];
    const statuses = submissions.map(({ status }) => status);
    expect(statuses).toEqual(["Accepted", "PreviouslyAccepted"]);
    expect(await welcome.workflowAttach()).toBe("badge for Hal");
    expect(officeLog.filter((line) => line === "account for Hal")).toHaveLength(1);
    await mailTo(sentMails, "Hal", /welcome, v1/);
  });

  it("workflows 2: can be asked how far it is", async () => {
    const welcome = running().ingress.workflowClient(example.observedWelcome, "v2");
    expect(await welcome.progress()).toBe("unknown");
    const freeStudio = example.occupyStudio();
    await welcome.workflowSubmit({ name: "Ike" });
    await eventually(async () => expect(await welcome.progress()).toBe("photo"));
    expect((await welcome.workflowOutput()).ready).toBe(false);
    freeStudio();
    await welcome.workflowAttach();
    expect(await welcome.progress()).toBe("done");
    expect((await welcome.workflowOutput()).ready).toBe(true);
  });

  it("workflows 3: waits for a signal, which may come once", async () => {
    const welcome = running().ingress.workflowClient(example.confirmedWelcome, "v3");
    await welcome.workflowSubmit({ name: "Jo" });
    const [, code = ""] = await mailTo(sentMails, "Jo", /your code: (\S+)/);
    await welcome.typeCode(code);
    expect(await welcome.workflowAttach()).toBe(true);
    await expect(welcome.typeCode("other")).rejects.toEqual(failure(409, /already/));
    const early = running().ingress.workflowClient(example.confirmedWelcome, "v3-early");
    await early.typeCode("wrong");
    await early.workflowSubmit({ name: "Jo 2" });
    expect(await early.workflowAttach()).toBe(false);
  });

  it("workflows 4: tells whoever waits what has come about", async () => {
    const welcome = running().ingress.workflowClient(example.announcedWelcome, "v4");
    const early = welcome.awaitBadge();
    await welcome.workflowSubmit({ name: "Kay" });
    expect(await welcome.awaitAccount()).toBe("Kay@club.example");
    expect(await early).toBe("badge for Kay");
    await welcome.workflowAttach();
    expect(await welcome.awaitBadge()).toBe("badge for Kay");
  });
}

function testWorkflowsThatFail(example: Tutorials, running: () => RunningExample): void {
  const { sentMails, officeLog } = example;

  it("workflows 5: tries a step so many times, and then does something else", async () => {
    const submit = async (id: string) => {
      const welcome = running().ingress.workflowClient(example.printedWelcome, id);
      await welcome.workflowSubmit({ name: id });
      return await welcome.workflowAttach();
    };
    example.jamPrinter(2);
    expect(await submit("Lee")).toBe("on paper");
    example.jamPrinter(1_000);
    expect(await submit("Mia")).toBe("by mail");
    example.jamPrinter(0);
    await mailTo(sentMails, "Mia", /no contract on paper: .*paper jam/);
    expect(officeLog).toContain("contract for Lee");
    expect(officeLog).not.toContain("contract for Mia");
  });

  it("workflows 6: undoes what was done", async () => {
    const welcome = running().ingress.workflowClient(example.carefulWelcome, "v6");
    await welcome.workflowSubmit({ name: "No Name" });
    await expect(welcome.workflowAttach()).rejects.toEqual(failure(400, /cannot be a name/));
    expect(officeLog.filter((line) => line.endsWith("for No Name"))).toEqual([
      "badge for No Name",
      "no badge for No Name",
    ]);
  });

  it("workflows 7: reminds, and gives up in the end", async () => {
    const { ingress } = running();
    const silent = ingress.workflowClient(example.patientWelcome, "v7-silent");
    await silent.workflowSubmit({ name: "Ned" });
    await expect(silent.workflowAttach()).rejects.toEqual(failure(408, /Ned did not answer/));
    expect(sentMails.filter(({ to }) => to === "Ned")).toHaveLength(4);

    const eager = ingress.workflowClient(example.patientWelcome, "v7-eager");
    await eager.agree();
    await eager.workflowSubmit({ name: "Pam" });
    expect(await eager.workflowAttach()).toBe("v7-eager agreed");
    expect(sentMails.filter(({ to }) => to === "Pam")).toEqual([]);
  });
}
