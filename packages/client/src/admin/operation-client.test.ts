import { describe, expect, it } from "vitest";
import { type Answer, type Asked, startServer } from "../testing/answering-server.ts";
import { type AdminClient, createAdminClient } from "./admin-client.ts";

const told = ({ method, path, body }: Asked) => ({
  request: `${method} ${path}`,
  ...(body === "" ? {} : { body: JSON.parse(body) as unknown }),
});

/** What the client asks, and what it makes of the answer. */
async function exchange(answer: Answer, ask: (admin: AdminClient) => Promise<unknown>) {
  const server = await startServer(answer);
  const result = await ask(createAdminClient({ url: server.url }));
  return { result, asked: server.asked.map(told) };
}

describe("operations on an invocation", () => {
  it.each([
    ["cancel", (admin: AdminClient) => admin.cancelInvocation("inv_1")],
    ["pause", (admin: AdminClient) => admin.pauseInvocation("inv_1")],
  ])("%s says whether something is still to come", async (name, ask) => {
    const asked = [{ request: `PATCH /invocations/inv_1/${name}` }];
    expect(await exchange({ status: 202 }, ask)).toEqual({ result: "requested", asked });
    expect(await exchange({ status: 200 }, ask)).toEqual({ result: "done", asked });
  });

  it.each([
    ["kill", (admin: AdminClient) => admin.killInvocation("inv_1")],
    ["purge", (admin: AdminClient) => admin.purgeInvocation("inv_1")],
    ["purge-journal", (admin: AdminClient) => admin.purgeJournal("inv_1")],
    ["resume", (admin: AdminClient) => admin.resumeInvocation("inv_1")],
    ["resume?deployment=latest", (admin: AdminClient) => admin.resumeInvocation("inv_1", "latest")],
  ])("%s resolves when it is done", async (path, ask) => {
    const asked = [{ request: `PATCH /invocations/inv_1/${path}` }];
    expect(await exchange({ status: 200 }, ask)).toEqual({ result: undefined, asked });
  });

  it("restart gives the new id", async () => {
    const json = { new_invocation_id: "inv_2" };
    const options = { from: 3, deployment: "embedded:main" };
    const ask = (admin: AdminClient) => admin.restartInvocation("inv_1", options);
    expect(await exchange({ json }, ask)).toEqual({
      result: "inv_2",
      asked: [
        {
          request: "PATCH /invocations/inv_1/restart-as-new?from=3&deployment=embedded%3Amain",
        },
      ],
    });
  });

  it("reject with what the server says", async () => {
    const json = { message: "invocation inv_1: it has completed", restate_code: null };
    const ask = (admin: AdminClient) => admin.killInvocation("inv_1");
    await expect(exchange({ status: 409, json }, ask)).rejects.toMatchObject({
      status: 409,
      message: "invocation inv_1: it has completed",
    });
  });

  it("may be for many", async () => {
    const json = { succeeded: ["a"], failed: [{ invocation_id: "b", error: "no" }] };
    const path = "POST /internal/invocations_batch_operations";
    const resume = (admin: AdminClient) => admin.operateOnMany("resume", ["a", "b"], "keep");
    expect(await exchange({ json }, resume)).toEqual({
      result: json,
      asked: [
        { request: `${path}/resume`, body: { invocation_ids: ["a", "b"], deployment: "keep" } },
      ],
    });
    const restart = (admin: AdminClient) => admin.restartMany(["a"]);
    expect((await exchange({ json }, restart)).asked).toEqual([
      { request: `${path}/restart-as-new`, body: { invocation_ids: ["a"] } },
    ]);
  });
});

describe("what an operator sets", () => {
  it("on a service", async () => {
    const change = { public: false, concurrency_limit: null };
    const ask = (admin: AdminClient) => admin.changeService("a b", change);
    const service = { name: "a b", handlers: [] };
    expect(await exchange({ json: service }, ask)).toEqual({
      result: service,
      asked: [{ request: "PATCH /services/a%20b", body: change }],
    });
    const describe = (admin: AdminClient) => admin.getServiceDocument("a");
    const json = { openapi: "3.1.0" };
    expect(await exchange({ json }, describe)).toEqual({
      result: json,
      asked: [{ request: "GET /services/a/openapi" }],
    });
  });

  it("as the state of an object", async () => {
    const change = { object_key: "k", new_state: { a: [1, 2] }, version: "v" };
    const ask = (admin: AdminClient) => admin.replaceState("Cart", change);
    expect(await exchange({ status: 202 }, ask)).toEqual({
      result: undefined,
      asked: [{ request: "POST /services/Cart/state", body: change }],
    });
  });

  it("as rules", async () => {
    const rules = [{ pattern: "a" }];
    const list = (admin: AdminClient) => admin.listRules();
    expect((await exchange({ json: { rules } }, list)).result).toEqual(rules);
    const put = (admin: AdminClient) => admin.putRules(rules);
    expect(await exchange({ json: rules }, put)).toEqual({
      result: rules,
      asked: [{ request: "PUT /limits/rules", body: rules }],
    });
    const removals = [{ pattern: "a", expected_version: 1 }];
    const remove = (admin: AdminClient) => admin.removeRules(removals);
    expect(await exchange({ json: ["a"] }, remove)).toEqual({
      result: ["a"],
      asked: [{ request: "POST /limits/rules/bulk-delete", body: removals }],
    });
    await expect(exchange({ json: {} }, put)).rejects.toMatchObject({ kind: "malformed" });
  });
});
