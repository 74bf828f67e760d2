/** What the patterns promise, whichever SDK they are written against. */
import type { AddressInfo } from "node:net";
import { createAdminClient } from "@rejoin/client";
import { expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { RunningExample } from "../run-example.ts";
import { failure, mailTo } from "./expecting.ts";

type Patterns = typeof import("../../typescript/patterns/src/index.ts");

export function testPatterns(example: Patterns, running: () => RunningExample): void {
  testState(example, running);
  testTime(example, running);
  testFailures(example, running);
  testOutside(example, running);
  testWaiting(example, running);
}

function testState(example: Patterns, running: () => RunningExample): void {
  it("batching: archives all readings, in their order, not too many at once", async () => {
    const gas = running().ingress.objectClient(example.meter, "gas");
    for (const reading of [1, 2, 3, 4, 5, 6, 7]) await gas.record(reading);
    const batches = await eventually(() => {
      const archived = example.archivedBatches.filter(({ meter }) => meter === "gas");
      expect(archived.flatMap(({ readings }) => readings)).toHaveLength(7);
      return archived;
    });
    // How they are divided depends on how quickly they came.
    expect(batches.flatMap(({ readings }) => readings)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const { readings } of batches) expect(readings.length).toBeLessThanOrEqual(5);
  });

  it("event enrichment: joins the events of one flight, each of them once", async () => {
    const { ingress, ingressUrl } = running();
    const flight = ingress.objectClient(example.flight, "RJ17");
    await flight.departed({ from: "Oslo", to: "Bergen" });
    const position = { latitude: 60.1, longitude: 9 };
    for (const event of ["e1", "e1", "e2"]) {
      const answer = await fetch(`${ingressUrl}/flight/RJ17/located/send`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": event },
        body: JSON.stringify(position),
      });
      expect(answer.ok).toBe(true);
    }
    await eventually(async () =>
      expect(await flight.track()).toEqual({
        from: "Oslo",
        to: "Bergen",
        positions: [position, position],
      }),
    );
    const unknown = ingress.objectClient(example.flight, "RJ18");
    await expect(unknown.track()).rejects.toEqual(failure(404, /there is no flight RJ18/));
  });

  it("event transactions: shows the photos that passed, in their order", async () => {
    const { ingress } = running();
    const posts = ingress.objectSendClient(example.photoAlbum, "vera");
    for (const caption of ["sunset", "nude descending a staircase", "cat"]) {
      await posts.post({ caption });
    }
    const album = ingress.objectClient(example.photoAlbum, "vera");
    await eventually(async () => expect(await album.show()).toEqual(["sunset", "cat"]));
  });

  it("stateful actors: takes the orders for one kiln one after the other", async () => {
    const { ingress } = running();
    const kiln = ingress.objectClient(example.kiln, "north");
    await expect(kiln.fire("jug")).rejects.toEqual(failure(409, /north is too cold for jug/));
    const heating = ingress.objectSendClient(example.kiln, "north").heat();
    await heating;
    expect(await Promise.all([kiln.fire("vase"), kiln.heat()])).toEqual([
      "vase is number 1 of north",
      "north is hot already",
    ]);
    await kiln.coolDown();
    expect(await kiln.condition()).toBe("cold");
  });

  it("payment state machine: a payment ends right in whatever order its requests come", async () => {
    const { ingress } = running();
    const purse = ingress.objectClient(example.purse, "cleo");
    await purse.deposit(100);
    const order = { customer: "cleo", cents: 70 };

    const first = ingress.objectClient(example.payment, "p1");
    expect([await first.make(order), await first.make(order)]).toEqual(["paid", "paid"]);
    expect(await purse.balance()).toBe(30);
    const second = ingress.objectClient(example.payment, "p2");
    expect(await second.make(order)).toBe("new");
    expect([await first.cancel(), await first.cancel()]).toEqual(["cancelled", "cancelled"]);
    await eventually(async () => expect(await purse.balance()).toBe(100));

    expect(await second.cancel()).toBe("cancelled");
    await expect(second.make(order)).rejects.toEqual(failure(409, /p2 was cancelled/));
    expect(await purse.balance()).toBe(100);
    await second.forget();
    expect(await second.state()).toBe("new");
  });
}

function testTime(example: Patterns, running: () => RunningExample): void {
  it("cron: calls a handler at its times until it is stopped", async () => {
    const job = running().ingress.objectClient(example.cronJob, "every-second");
    const spec = { schedule: "* * * * * *", service: "housekeeping", handler: "sweep" };
    const first = await job.start({ ...spec, input: "kitchen" });
    await eventually(() => expect(example.sweptRooms).toContain("kitchen"));
    await eventually(async () =>
      expect((await job.next()) ?? "").toSatisfy((next) => next > first),
    );
    await expect(job.start(spec)).rejects.toEqual(failure(409, /has been started/));
    await job.stop();
    expect(await job.next()).toBeNull();
  });

  it("cron: says what is wrong with a schedule", async () => {
    const job = running().ingress.objectClient(example.cronJob, "broken");
    const spec = { service: "housekeeping", handler: "sweep" };
    await expect(job.start({ ...spec, schedule: "61 * * * *" })).rejects.toEqual(
      failure(400, /61 \* \* \* \*/),
    );
    const never = { ...spec, schedule: "0 0 30 2 *" };
    await expect(job.start(never)).rejects.toEqual(failure(400, /never comes again/));
    expect(await job.next()).toBeNull();
  });

  it("scheduled reminders: stop when the invoice is paid, and end with the collector", async () => {
    const { ingress } = running();
    const mails = example.sentMails;
    const paid = ingress.objectClient(example.invoice, "i1");
    await paid.paid();
    await paid.issued({ customer: "Pia", euros: 9 });
    const unpaid = ingress.objectClient(example.invoice, "i2");
    await unpaid.issued({ customer: "Ole", euros: 5 });
    await mailTo(mails, "collector", /Ole owes 5 euros/);
    expect([await paid.status(), await unpaid.status()]).toEqual(["paid", "with the collector"]);
    expect(mails.filter(({ to }) => to === "Ole")).toHaveLength(3);
    expect(mails.filter(({ to }) => to === "Pia")).toEqual([]);
  });

  it("rate limit: lets a burst through, and the others later or not at all", async () => {
    const { ingress } = running();
    const bucket = ingress.objectClient(example.limiter, "slow");
    const hourly = { perSecond: 1 / 3600, burst: 2 };
    expect([await bucket.take(hourly), await bucket.take(hourly)]).toEqual([0, 0]);
    const waitMs = await bucket.take(hourly);
    expect(waitMs).toBeGreaterThan(3_000_000);
    expect(waitMs).toBeLessThanOrEqual(3_600_000);
    const impatient = { ...hourly, waitMsMax: 1_000 };
    await expect(bucket.take(impatient)).rejects.toEqual(failure(429, /slow is busy for \d+ ms/));

    const { locate } = ingress.serviceClient(example.geocoder);
    const places = await Promise.all(["a", "b", "c", "d"].map((address) => locate(address)));
    expect(places).toEqual(["a", "b", "c", "d"].map((address) => `somewhere near ${address}`));
  });
}

function testFailures(example: Patterns, running: () => RunningExample): void {
  it("sagas: undoes what was booked when a booking fails for good", async () => {
    const feast = running().ingress.serviceClient(example.feast);
    await expect(feast.prepare({ guests: 500 })).rejects.toEqual(
      failure(409, /the kitchen cannot cook for 500/),
    );
    const undone = example.supplierLog.filter((line) => line.startsWith("cancel kitchen"));
    const id = undone[0]?.split(" ")[2] ?? "";
    const steps = ["book hall", "book band", "cancel kitchen", "cancel band", "cancel hall"];
    const lines = example.supplierLog.filter((line) => line.endsWith(id));
    expect(lines).toEqual(steps.map((step) => `${step} ${id}`));
    expect([...example.bookings].filter((booking) => booking.endsWith(id))).toEqual([]);
  });

  it("sagas: undoes nothing for trouble that passes", async () => {
    example.failBand(2);
    const id = await running().ingress.serviceClient(example.feast).prepare({ guests: 50 });
    const lines = example.supplierLog.filter((line) => line.endsWith(id));
    expect(lines).toEqual([`book hall ${id}`, `book band ${id}`, `book kitchen ${id}`]);
  });

  it("database: moves money once, although the answer was lost, or not at all", async () => {
    const bank = running().ingress.serviceClient(example.bank);
    await bank.open({ name: "ann", cents: 100 });
    await bank.open({ name: "bob", cents: 0 });
    example.loseNextAnswer();
    await bank.transfer({ from: "ann", to: "bob", cents: 60 });
    const balances = () => Promise.all([bank.balance("ann"), bank.balance("bob")]);
    expect(await balances()).toEqual([40, 60]);
    await expect(bank.transfer({ from: "ann", to: "bob", cents: 60 })).rejects.toEqual(
      failure(402, /ann does not have 60 cents/),
    );
    expect(await balances()).toEqual([40, 60]);
    await expect(bank.balance("eve")).rejects.toEqual(failure(404, /there is no account eve/));
  });

  it("payment signals: charges a card once, and says what became of it", async () => {
    const checkout = running().ingress.serviceClient(example.checkout);
    example.timeOutOnce();
    expect(await checkout.pay({ card: "good-1", cents: 5 })).toMatch(/^ch_\d+$/);
    const ofCard = (card: string) => [...example.charges.values()].filter((c) => c.card === card);
    expect(ofCard("good-1")).toHaveLength(1);
    await expect(checkout.pay({ card: "bad-1", cents: 5 })).rejects.toEqual(
      failure(402, /the card bad-1 was declined/),
    );
  });

  it("payment signals: waits for the webhook of a slow card", async () => {
    const checkout = running().ingress.serviceClient(example.checkout);
    const referenceOf = (card: string) =>
      eventually(() => {
        const charge = [...example.charges.values()].find((made) => made.card === card);
        if (charge === undefined) throw new Error(`${card} has not been charged`);
        return charge.reference;
      });
    const paying = checkout.pay({ card: "slow-1", cents: 5 });
    const declined = expect(checkout.pay({ card: "slow-2", cents: 5 })).rejects.toEqual(
      failure(402, /slow-2 was declined/),
    );
    await checkout.webhook({ reference: await referenceOf("slow-1"), status: "succeeded" });
    await checkout.webhook({ reference: await referenceOf("slow-2"), status: "declined" });
    expect(await paying).toMatch(/^ch_\d+$/);
    await declined;
  });
}

function testOutside(example: Patterns, running: () => RunningExample): void {
  it("durable calls: a request that is repeated reserves once, and is answered the same", async () => {
    const office = example.createBoxOffice(running().ingressUrl);
    await new Promise<void>((resolve) => office.listen(0, "127.0.0.1", resolve));
    const { port } = office.address() as AddressInfo;
    const reserve = async (guest: string, key?: string) => {
      const headers = key === undefined ? {} : { "idempotency-key": key };
      const url = `http://127.0.0.1:${port}/hamlet/7b`;
      const answer = await fetch(url, { method: "POST", headers, body: guest });
      return `${answer.status} ${await answer.text()}`;
    };
    try {
      expect(await reserve("Ophelia", "k1")).toBe("201 reserved");
      expect(await reserve("Ophelia", "k1")).toBe("201 reserved");
      expect(await reserve("Polonius", "k2")).toBe("409 taken");
      expect(await reserve("Laertes")).toBe("400 no idempotency key");
    } finally {
      office.closeAllConnections();
      office.close();
    }
  });

  it("queue: does a task once, now or later, and keeps its result", async () => {
    const { ingressUrl } = running();
    const recording = { title: "Memo", words: ["buy", "milk"] };
    const submit = (id: string, words = recording.words, delayMs?: number) => {
      const options = { id, ...(delayMs === undefined ? {} : { delayMs }) };
      return example.submitRecording(ingressUrl, { ...recording, words }, options);
    };
    const first = await submit("r1");
    const again = await submit("r1");
    expect(again).toMatchObject({ status: "PreviouslyAccepted", invocationId: first.invocationId });
    expect(await example.awaitTranscript(ingressUrl, first)).toBe("Memo: buy milk");
    expect(await example.awaitTranscript(ingressUrl, again)).toBe("Memo: buy milk");
    const delayed = await submit("r2", ["later"], 20);
    expect(await example.awaitTranscript(ingressUrl, delayed)).toBe("Memo: later");
    const silent = example.awaitTranscript(ingressUrl, await submit("r3", []));
    await expect(silent).rejects.toEqual(failure(422, /Memo is silent/));
  });

  it("sync or async: answers at once, or sends a mail", async () => {
    const { ingressUrl } = running();
    const get = (id: string, patienceMs: number) => {
      const address = `${id}@example`;
      return example.getReport(ingressUrl, { topic: "weather" }, { id, address, patienceMs });
    };
    const url = "https://reports.example/short/weather";
    expect(await get("short", 10_000)).toBe(url);
    const release = example.holdWriters();
    expect(await get("long", 20)).toBeUndefined();
    release();
    await mailTo(example.sentMails, "long@example", /reports\.example\/long\/weather/);
    expect(example.sentMails.filter(({ to }) => to === "short@example")).toEqual([]);
  });

  it("webhooks: takes signed events of any content type, and refuses others", async () => {
    const { ingress, ingressUrl } = running();
    const post = async (body: string, signature = example.sign(body)) => {
      const answer = await fetch(`${ingressUrl}/webhooks/receive`, {
        method: "POST",
        headers: { "content-type": "text/plain", "x-signature": signature },
        body,
      });
      return { status: answer.status, text: await answer.text() };
    };
    const event = (type: string) => JSON.stringify({ type, member: "m1" });
    const accepted = { status: 200, text: '"accepted"' };
    expect(await post(event("payment.succeeded"))).toEqual(accepted);
    expect(await post(event("payment.failed"))).toEqual(accepted);
    expect(await post(event("member.birthday"))).toEqual({ status: 200, text: '"ignored"' });
    expect(await post(event("payment.succeeded"), "forged")).toMatchObject({ status: 401 });
    expect(await post("{")).toMatchObject({ status: 400 });
    const membership = ingress.objectClient(example.membership, "m1");
    await eventually(async () => expect(await membership.standing()).toBe("in arrears"));
  });
}

function testWaiting(example: Patterns, running: () => RunningExample): void {
  it("priority queue: prints the urgent before the others, and goes on after a failure", async () => {
    const { ingress, adminUrl } = running();
    const { print } = ingress.serviceClient(example.printShop);
    const endless = { title: "encyclopedia", pages: 1_000_000, priority: 5 };
    const { invocationId } = await ingress.serviceSendClient(example.printShop).print(endless);
    await eventually(async () => expect(await waitingAtGate(0)).toBe(true));
    const jobs = [
      print({ title: "flyer", pages: 1, priority: 5 }),
      print({ title: "poster", pages: 1, priority: 5 }),
    ];
    await eventually(async () => expect(await waitingAtGate(2)).toBe(true));
    const nothing = expect(print({ title: "nothing", pages: 0, priority: 1 })).rejects.toEqual(
      failure(400, /nothing has no pages/),
    );
    await eventually(async () => expect(await waitingAtGate(3)).toBe(true));
    jobs.push(print({ title: "obituary", pages: 1, priority: 0 }));
    await eventually(async () => expect(await waitingAtGate(4)).toBe(true));
    await createAdminClient({ url: adminUrl }).cancelInvocation(invocationId);
    await Promise.all([nothing, ...jobs]);
    const titles = ["flyer", "obituary", "poster"];
    const printed = example.printedTitles.filter((title) => titles.includes(title));
    expect(printed[0]).toBe("obituary");
    expect(printed.toSorted()).toEqual(titles);
    await eventually(async () => expect((await readGate()).inside).toBe(0));

    function readGate() {
      return ingress.objectClient(example.gate, "press").read();
    }
    async function waitingAtGate(count: number): Promise<boolean> {
      const { inside, waiting } = await readGate();
      return inside === 1 && waiting.length === count;
    }
  });

  it("promise as a service: keeps its first outcome for whoever comes before or after", async () => {
    const promises = running().ingress.serviceClient(example.namedPromises);
    const early = promises.wait("weather");
    const any = promises.waitForAny(["never", "weather"]);
    expect(await promises.resolve({ name: "weather", value: "rain" })).toBe(true);
    expect(await promises.resolve({ name: "weather", value: "sun" })).toBe(false);
    expect([await early, await promises.wait("weather")]).toEqual(["rain", "rain"]);
    expect(await any).toEqual({ name: "weather", value: "rain" });
    const box = running().ingress.objectClient(example.promiseBox, "weather");
    expect(await box.peek()).toEqual({ kind: "value", value: "rain" });

    expect(await promises.reject({ name: "train", value: "cancelled" })).toBe(true);
    await expect(promises.wait("train")).rejects.toEqual(failure(500, /cancelled/));
  });
}
