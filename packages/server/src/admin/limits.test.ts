/** `/limits/rules`, on real sockets. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "./testing/running-server.ts";

const RULES = "/limits/rules";
const rule = (pattern: string, rest: object = {}) => ({
  pattern,
  limits: {},
  disabled: false,
  version: expect.any(Number),
  last_modified_millis_since_epoch: expect.any(Number),
  ...rest,
});

describe("PUT /limits/rules", () => {
  it("creates and replaces rules, and gives them as they are", async () => {
    const server = await startServer();
    const created = await server.call(`PUT ${RULES}`, [
      { pattern: "a", limits: { concurrency: 3 }, description: "why" },
      { pattern: "a/*", limits: { concurrency: 1 }, precondition: { type: "none" } },
      { pattern: "*/*/x" },
    ]);
    expect(created.status).toBe(200);
    expect(created.json).toEqual([
      rule("a", { limits: { concurrency: 3 }, description: "why", version: 1 }),
      rule("a/*", { limits: { concurrency: 1 }, version: 2 }),
      rule("*/*/x", { version: 3 }),
    ]);
    const replaced = await server.call(`PUT /v4${RULES}`, [
      { pattern: "a", disabled: true, precondition: { type: "matches", version: 1 } },
    ]);
    expect(replaced.json).toEqual([rule("a", { disabled: true, version: 4 })]);
    expect((await server.call(`GET ${RULES}`)).json).toEqual({
      rules: [...replaced.json, ...created.json.slice(1)],
    });
    const same = await server.call(`PUT ${RULES}`, [{ pattern: "a", disabled: true }]);
    expect(same.json).toEqual(replaced.json);
    expect((await server.call(`PUT ${RULES}`, [])).json).toEqual([]);
  });

  it("makes all changes or none", async () => {
    const server = await startServer();
    await server.call(`PUT ${RULES}`, [{ pattern: "a" }]);
    for (const precondition of [{ type: "does_not_exist" }, { type: "matches", version: 9 }]) {
      const body = [{ pattern: "b" }, { pattern: "a", limits: { concurrency: 1 }, precondition }];
      const refused = await server.call(`PUT ${RULES}`, body);
      expect([refused.status, refused.json.message]).toEqual([
        409,
        expect.stringContaining("rule a must"),
      ]);
    }
    expect((await server.call(`GET ${RULES}`)).json.rules).toEqual([rule("a", { version: 1 })]);
  });

  it("takes 10,000 rules", async () => {
    const server = await startServer();
    const many = Array.from({ length: 10_000 }, (_, i) => ({ pattern: `s${i}/*` }));
    expect((await server.call(`PUT ${RULES}`, many)).status).toBe(200);
    const refused = await server.call(`PUT ${RULES}`, [{ pattern: "more" }]);
    expect([refused.status, refused.json.message]).toEqual([
      422,
      expect.stringContaining("at most 10000"),
    ]);
  });

  it.each([
    [{}, "expected array"],
    [[{}], "0.pattern"],
    [[{ pattern: "a b" }], '"a b" is no pattern'],
    [[{ pattern: "a/b/c/d" }], "at most 3"],
    [[{ pattern: "" }], "empty"],
    [[{ pattern: "a", limits: { concurrency: 0 } }], "0.limits.concurrency"],
    [[{ pattern: "a", precondition: { type: "odd" } }], "0.precondition"],
    [[{ pattern: "a", precondition: { type: "matches" } }], "0.precondition.version"],
  ])("refuses %j", async (body, text) => {
    const server = await startServer();
    const refused = await server.call(`PUT ${RULES}`, body);
    expect([refused.status, refused.json]).toEqual([422, undefined]);
    expect(refused.text).toContain(text);
  });
});

describe("POST /limits/rules/bulk-delete", () => {
  it("deletes all rules or none, and says which were there", async () => {
    const server = await startServer();
    await server.call(`PUT ${RULES}`, [{ pattern: "a" }, { pattern: "b" }, { pattern: "c" }]);
    const remove = (body: unknown) => server.call(`POST ${RULES}/bulk-delete`, body);
    const refused = await remove([{ pattern: "b" }, { pattern: "a", expected_version: 77 }]);
    expect(refused.status).toBe(409);
    const removed = await remove([{ pattern: "a", expected_version: 1 }, { pattern: "nothing" }]);
    expect([removed.status, removed.json]).toEqual([200, ["a"]]);
    expect((await remove([{ pattern: "a" }])).json).toEqual([]);
    expect((await remove(["b"])).status).toBe(422);
    const { rules } = (await server.call(`GET ${RULES}`)).json;
    expect(rules.map(({ pattern }: { pattern: string }) => pattern)).toEqual(["b", "c"]);
  });
});

it("keeps rules over a restart", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "rejoin-admin-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const first = await startServer({ dataDir });
  const { json } = await first.call(`PUT ${RULES}`, [{ pattern: "a", limits: { concurrency: 7 } }]);
  await first.close();
  const second = await startServer({ dataDir });
  expect((await second.call(`GET ${RULES}`)).json).toEqual({ rules: json });
});
