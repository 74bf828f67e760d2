/** What `docs/testing.md` shows, as it is; and that it shows nothing else. */
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crashAfterEveryEntry, createTestEnvironment, type TestEnvironment } from "./index.ts";
import { bank, cart, checkout, signup } from "./testing/shop.ts";

let env: TestEnvironment;

beforeEach(async () => {
  env = await createTestEnvironment({ services: [cart, checkout, signup] });
});

afterEach(() => env.close());

test("a cart counts what is in it", async () => {
  expect(await env.client(cart, "mine").add("egg")).toBe(1);
  expect(await env.client(cart, "mine").add("milk")).toBe(2);
  expect(await env.stateOf(cart, "mine").get("items")).toEqual(["egg", "milk"]);
});

test("two weeks pass at once", async () => {
  const before = env.now();
  expect(await env.client(checkout).pay(10)).toMatch(/can no longer be returned/);
  expect(env.now() - before).toBe(14 * 24 * 3_600_000);
});

test("time passes as the test wants it", async () => {
  const { invocationId } = await env.sendClient(checkout).pay(10);
  await env.advance({ days: 13 });
  expect(await env.invocations({ status: "suspended" })).toHaveLength(1);
  await env.advance({ days: 1 });
  expect(await env.attach(invocationId)).toMatch(/can no longer be returned/);
});

test("an awakeable is completed by the test", async () => {
  const client = env.client(signup, "ada");
  await client.workflowSubmit("ada@example.org");
  await env.settled();
  const [awakeable] = await env.awakeables();
  await env.ingress.resolveAwakeable(awakeable?.id ?? "", "confirmed");
  expect(await client.workflowAttach()).toBe("ada@example.org confirmed");
});

test("nobody clicks", async () => {
  const client = env.client(signup, "ada");
  await client.workflowSubmit("ada@example.org");
  await expect(client.workflowAttach()).rejects.toThrow();
});

test("a bank that is down for a while", async () => {
  env.faults.failRun("charge", { times: 2 });
  expect(await env.client(checkout).payOrTell(10)).toMatch(/^payment/);
});

test("a bank that is down for good", async () => {
  env.faults.failRun("charge", { times: Number.POSITIVE_INFINITY });
  expect(await env.client(checkout).payOrTell(10)).toBe("ask for another card");
});

test("the server crashes", async () => {
  await env.sendClient(checkout).pay(10);
  await env.settled();
  await env.crash();
  await env.runUntilIdle();
  expect(await env.invocations({ status: "completed" })).toHaveLength(1);
});

test("a crash at any place makes no difference", async () => {
  const report = await crashAfterEveryEntry({
    services: [checkout],
    run: async (env) => {
      bank.charged = [];
      return env.client(checkout).pay(10);
    },
    // The number of the payment tells how often the closure was executed.
    normalize: (value) => (typeof value === "string" ? value.replace(/\d+/, "n") : value),
  });
  expect(report.differences).toEqual([]);
  expect(report.repeatedClosures).toMatchObject([{ name: "charge" }]);
});

test("replays at every await", async () => {
  const replaying = await createTestEnvironment({ services: [checkout], alwaysReplay: true });
  expect(await replaying.client(checkout).pay(10)).toMatch(/can no longer be returned/);
  await replaying.close();
});

test("a journal", async () => {
  await env.client(cart, "mine").add("egg");
  const [invocation] = await env.invocations({ service: "cart" });
  const journal = await env.journalOf(invocation?.id ?? "");
  expect(journal.map(({ text }) => text)).toEqual([
    'input = "egg"',
    "getEagerState items",
    'setState items = ["egg"]',
    "output = 1",
  ]);
});

test("the page shows these tests and these services", async () => {
  const shown = await readFile(new URL("../../../docs/testing.md", import.meta.url), "utf8");
  const blocks = [...shown.matchAll(/```ts\n(.*?)```/gs)].map(([, block = ""]) => block);
  const sources = await Promise.all(
    ["./snippets.test.ts", "./testing/shop.ts"].map((path) =>
      readFile(new URL(path, import.meta.url), "utf8"),
    ),
  );
  const here = sources.map(withoutImports).join("\n");
  expect(blocks.length).toBeGreaterThan(8);
  for (const block of blocks) {
    for (const part of withoutImports(block).split("\n\n")) expect(here).toContain(part.trim());
  }
});

/** The packages of a user are not beside each other. */
function withoutImports(source: string): string {
  return source.replace(/^import \{[^}]*\} from .*;\n/gm, "");
}
