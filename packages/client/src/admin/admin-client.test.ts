import { describe, expect, it } from "vitest";
import { ClientError } from "../client-error.ts";
import { startServer, unusedUrl } from "../testing/answering-server.ts";
import { type AdminClient, createAdminClient } from "./admin-client.ts";

const failureOf = async (promise: Promise<unknown>): Promise<ClientError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ClientError)) throw new Error(`no ClientError: ${String(error)}`);
  return error;
};

describe("what the admin client asks", () => {
  it("reads resources by their escaped names", async () => {
    const server = await startServer({ json: { id: "embedded:main", services: [] } });
    const admin = createAdminClient({ url: `${server.url}/` });
    expect(await admin.getDeployment("embedded:main")).toMatchObject({ id: "embedded:main" });
    expect(server.asked[0]).toMatchObject({ method: "GET", path: "/deployments/embedded%3Amain" });
  });

  it("shows what a service is made of", async () => {
    const server = await startServer({ json: { handlers: [{ name: "run" }], name: "run" } });
    const admin = createAdminClient({ url: server.url });
    expect(await admin.listHandlers("a b")).toEqual([{ name: "run" }]);
    expect(await admin.getHandler("a b", "c/d")).toMatchObject({ name: "run" });
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/services/a%20b/handlers",
      "/services/a%20b/handlers/c%2Fd",
    ]);
  });

  it("writes filters, lists with commas", async () => {
    const summary = { total: 0, by_status: {} };
    const json = { invocations: [], groups: [], total: 0, summary, failures: [] };
    const server = await startServer({ json });
    const admin = createAdminClient({ url: server.url });
    await admin.listInvocations({ status: ["paused", "running"], total: true, error: "a&b" });
    await admin.summarizeInvocations({ service: "cart", group_by: ["service", "status"] });
    await admin.listChildren("inv_1", { failed: true, limit: 5 });
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/invocations?status=paused%2Crunning&total=true&error=a%26b",
      "/invocations/summary?service=cart&group_by=service%2Cstatus",
      "/invocations/inv_1/children?failed=true&limit=5",
    ]);
  });

  it("reads objects by their escaped names", async () => {
    const server = await startServer({ json: { objects: [], entries: [] } });
    const admin = createAdminClient({ url: server.url });
    await admin.listObjects("cart", { prefix: "a b" });
    await admin.getState("cart", "a/b", { state_key: "x" });
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/services/cart/objects?prefix=a+b",
      "/services/cart/objects/a%2Fb/state?state_key=x",
    ]);
  });

  it.each(["", ".", ".."])("reads the object %j, which no path can name", async (key) => {
    const server = await startServer({ json: { entries: [] } });
    await createAdminClient({ url: server.url }).getState("a/b", key, { scope: "s" });
    expect(server.asked[0]?.path).toBe(`/services/a%2Fb/state?object_key=${key}&scope=s`);
  });

  it("asks in SQL, and says when there is more", async () => {
    const server = await startServer({ json: { rows: [{ n: 1 }] } });
    const admin = createAdminClient({ url: server.url });
    const answer = await admin.query<{ n: number }>("SELECT 1 AS n");
    expect(answer).toEqual({ rows: [{ n: 1 }], truncated: false });
    expect(server.asked[0]).toMatchObject({ method: "POST", path: "/query" });
    expect(server.asked[0]?.headers.accept).toBe("application/json");
    expect(JSON.parse(server.asked[0]?.body ?? "")).toEqual({ query: "SELECT 1 AS n" });
  });

  it("sends the token", async () => {
    const server = await startServer({ json: { version: "1" } });
    await createAdminClient({ url: server.url, token: "secret" }).version();
    expect(server.asked[0]?.headers.authorization).toBe("Bearer secret");
  });

  it("tells a new deployment from a known one", async () => {
    const deployment = { id: "dp_1", services: [] };
    for (const status of [200, 201]) {
      const server = await startServer({ status, json: deployment });
      const request = { uri: "http://localhost:9080", force: true };
      const registration = await createAdminClient({ url: server.url }).registerDeployment(request);
      expect(registration).toEqual({ created: status === 201, deployment });
      expect(server.asked[0]).toMatchObject({ method: "POST", path: "/deployments" });
      expect(JSON.parse(server.asked[0]?.body ?? "")).toEqual(request);
    }
  });

  it("changes and removes deployments", async () => {
    const server = await startServer({ json: { id: "dp_1", services: [] } });
    const admin = createAdminClient({ url: server.url });
    await admin.updateDeployment("dp_1", { uri: "http://new:9080" });
    await admin.removeDeployment("dp_1", { force: true });
    await admin.removeDeployment("dp_1");
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "PATCH /deployments/dp_1",
      "DELETE /deployments/dp_1?force=true",
      "DELETE /deployments/dp_1",
    ]);
  });

  it("filters invocations", async () => {
    const server = await startServer({ json: { invocations: [] } });
    const admin = createAdminClient({ url: server.url });
    await admin.listInvocations({ status: "backing-off", service: "a&b", limit: 5 });
    expect(await admin.listInvocations()).toEqual({ invocations: [] });
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/invocations?status=backing-off&service=a%26b&limit=5",
      "/invocations",
    ]);
  });

  it("pages through a journal", async () => {
    const server = await startServer({
      json: { id: "inv_1", target: "a/b", status: "running", journal: [] },
    });
    const admin = createAdminClient({ url: server.url });
    await admin.getInvocation("inv_1", { from: 200, limit: 100 });
    await admin.getInvocation("inv_1");
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/invocations/inv_1?journal_from=200&journal_limit=100",
      "/invocations/inv_1",
    ]);
  });
});

describe("what the admin client rejects with", () => {
  it("names the URL when nobody listens there", async () => {
    const url = await unusedUrl();
    const error = await failureOf(createAdminClient({ url }).health());
    expect(error).toMatchObject({ kind: "unreachable", url, status: undefined });
    expect(error.message).toContain(`cannot reach the admin API at ${url} (connect ECONNREFUSED`);
    expect(error.message).toContain("is the server running");
  });

  it("gives up on a server that does not answer", async () => {
    const { url } = await startServer({ silent: true });
    const error = await failureOf(createAdminClient({ url, timeoutMs: 20 }).health());
    expect(error.kind).toBe("unreachable");
    expect(error.message).toContain("has not answered for 20 ms");
  });

  it("keeps the status, the code and the message of a refusal", async () => {
    const json = { message: "[META0006] the type differs", restate_code: "META0006" };
    const { url } = await startServer({ status: 409, json });
    const error = await failureOf(
      createAdminClient({ url }).registerDeployment({ uri: "http://x" }),
    );
    expect(error).toMatchObject({
      kind: "refused",
      status: 409,
      restateCode: "META0006",
      message: "[META0006] the type differs",
    });
  });

  it.each([
    [{ status: 400, text: "bad id\n" }, "bad id"],
    [{ status: 503 }, "the admin API answered 503"],
    [{ status: 404, json: { restate_code: null } }, '{"restate_code":null}'],
  ])("understands the refusal %j", async (answer, message) => {
    const { url } = await startServer(answer);
    const error = await failureOf(createAdminClient({ url }).getService("s"));
    expect(error).toMatchObject({ kind: "refused", status: answer.status, message });
    expect(error.restateCode).toBeUndefined();
  });

  it.each([
    { text: "<html>" },
    { json: [] },
    { json: "text" },
    { json: null },
    { json: { deployments: {} } },
  ])("notices the stranger that answers %j", async (answer) => {
    const { url } = await startServer(answer);
    const error = await failureOf(createAdminClient({ url }).listDeployments());
    expect(error).toMatchObject({ kind: "malformed", status: 200 });
    expect(error.message).toContain(url);
  });

  it.each([
    [(admin: AdminClient) => admin.listServices(), { services: [{}] }],
    [(admin: AdminClient) => admin.getState("a", "b"), { entries: [{ key: "c" }] }],
    [(admin: AdminClient) => admin.getState("a", "b"), { entries: "none" }],
    [(admin: AdminClient) => admin.getInvocation("a"), { id: "a", target: "b", status: "c" }],
    [(admin: AdminClient) => admin.overview(), { invocations: [] }],
    [(admin: AdminClient) => admin.query("SELECT 1"), { rows: [1] }],
    [(admin: AdminClient) => admin.putRules([]), { rules: [] }],
  ])("notices a stranger by what is below, case %#", async (ask, json) => {
    const { url } = await startServer({ json });
    const error = await failureOf(ask(createAdminClient({ url })));
    expect(error).toMatchObject({ kind: "malformed", status: 200 });
  });

  it.each(["http://ada:secret@host:9070/a", "https://secret@host", "ftp://ada:secret@host"])(
    "does not repeat the password of %j",
    (url) => {
      expect(() => createAdminClient({ url })).toThrow(
        expect.objectContaining({
          message: expect.not.stringContaining("secret"),
          url: expect.not.stringContaining("secret"),
        }),
      );
    },
  );

  it.each(["localhost:9070", "ftp://localhost", ""])("refuses the URL %j", (url) => {
    expect(() => createAdminClient({ url })).toThrow(
      /is no URL of the admin API: write it as http/,
    );
  });
});
