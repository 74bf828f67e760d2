/** What the starter promises, whichever SDK it is written against. */
import { expect, it } from "vitest";
import type { RunningExample } from "../run-example.ts";

type Starter = typeof import("../../typescript/starter/src/index.ts");

export function testStarter(example: Starter, running: () => RunningExample): void {
  it("starter: greets, and sends one card, although the post office is closed at first", async () => {
    example.closePostOffice(2);
    const { greet } = running().ingress.serviceClient(example.greeter);
    expect(await greet({ name: "Rae" })).toEqual({ message: "Hello, Rae!", card: "a card to Rae" });
    const cards = example.sentCards.filter(({ to }) => to === "Rae");
    expect(cards).toEqual([{ to: "Rae", text: "Hello, Rae!" }]);
  });

  it("starter: refuses what does not fit the schema, and shows the schema", async () => {
    const { ingressUrl, adminUrl } = running();
    for (const body of ['{"name":""}', '{"nom":"Rae"}', "{"]) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${ingressUrl}/greeter/greet`, { method: "POST", headers, body });
      expect([body, answer.status]).toEqual([body, 400]);
    }
    const document = await (await fetch(`${adminUrl}/services/greeter/openapi`)).text();
    expect(document).toContain('"minLength":1');
  });
}
