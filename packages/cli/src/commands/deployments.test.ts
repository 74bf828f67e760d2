import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { deployment, handler, invocation, service } from "../testing/resources.ts";
import { runAgainst } from "../testing/run-against.ts";

const older = deployment({ created_at: "2026-11-20T08:00:00.000000000Z" });
const newer = deployment({
  id: "dp_2",
  uri: "http://localhost:9090/",
  protocol_type: "RequestResponse",
  http_version: "HTTP/1.1",
  additional_headers: { authorization: "secret" },
  metadata: { team: "orders" },
  services: [
    service({ deployment_id: "dp_2", revision: 2 }),
    service({
      name: "cart",
      ty: "VirtualObject",
      deployment_id: "dp_2",
      handlers: [handler("check", { ty: "Exclusive", public: false })],
    }),
  ],
});

async function startAdmin() {
  const admin = await startFakeAdmin();
  admin.deployments = [older, newer];
  return admin;
}

describe("deployments list", () => {
  it("prints a table, the newest first", async () => {
    const { code, stdout, stderr } = await runAgainst(await startAdmin(), ["deployments", "list"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const created = ["2026-11-21 17:37:46", "2026-11-20 08:00:00"];
    expect(stdout.split("\n")).toEqual([
      "ID    ADDRESS                 PROTOCOL                   CREATED              SERVICES",
      `dp_2  http://localhost:9090/  HTTP/1.1 request/response  ${created[0]}  greeter (2), cart (1)`,
      `dp_1  http://localhost:9080/  HTTP/2.0 streams           ${created[1]}  greeter (1)`,
      "",
    ]);
  });

  it("prints JSON", async () => {
    const { stdout } = await runAgainst(await startAdmin(), ["dp", "ls", "--json"]);
    const ids = JSON.parse(stdout).deployments.map(({ id }: { readonly id: string }) => id);
    expect(ids).toEqual(["dp_2", "dp_1"]);
  });

  it("says that there are none", async () => {
    const result = await runAgainst(await startFakeAdmin(), ["dp", "list"]);
    expect(result).toMatchObject({ code: 0, stdout: "" });
    expect(result.stderr).toContain("rejoin deployments register");
  });

  it("names services inside the server", async () => {
    const admin = await startFakeAdmin();
    admin.deployments = [deployment({ id: "embedded:main", uri: "embedded://main/" })];
    const { stdout } = await runAgainst(admin, ["dp", "list"]);
    expect(stdout).toContain("embedded:main  in the server's process  function calls");
  });
});

describe("deployments describe", () => {
  it("shows all but the values of headers", async () => {
    const { stdout } = await runAgainst(await startAdmin(), ["dp", "describe", "dp_2"]);
    expect(stdout).toMatch(/^address {2,}http:\/\/localhost:9090\/$/m);
    expect(stdout).toMatch(/^protocol versions {2,}5 to 7$/m);
    expect(stdout).toMatch(/^headers {2,}authorization$/m);
    expect(stdout).toMatch(/^metadata {2,}team=orders$/m);
    expect(stdout).toContain("\ngreeter (service, revision 2)\n");
    expect(stdout).toMatch(/^ {2}check {2,}exclusive .* private$/m);
    expect(stdout).not.toContain("secret");
  });

  it("tells which token it is asked with", async () => {
    const admin = await startAdmin();
    const auth = {
      GoogleIdToken: { audience: "https://a.test", impersonate_service_account: "b" },
    };
    admin.deployments = admin.deployments.map((own) => ({ ...own, auth }));
    const { stdout } = await runAgainst(admin, ["dp", "describe", "dp_2"]);
    expect(stdout).toMatch(/^token {2,}of Google, for https:\/\/a\.test, of b$/m);
  });

  it("marks what a newer revision has replaced", async () => {
    const { stdout } = await runAgainst(await startAdmin(), ["dp", "get", "dp_1"]);
    expect(stdout).toContain("greeter (service, revision 1, replaced by revision 2)");
  });

  it("prints JSON", async () => {
    const { stdout } = await runAgainst(await startAdmin(), ["dp", "get", "dp_1", "--json"]);
    expect(JSON.parse(stdout)).toEqual(older);
  });

  it("fails for an id that there is not", async () => {
    const result = await runAgainst(await startAdmin(), ["dp", "describe", "dp_9"]);
    expect(result).toMatchObject({
      code: 1,
      stdout: "",
      stderr:
        "error: there is no such thing\nhint: `rejoin deployments list` shows what there is\n",
    });
  });
});

describe("deployments update", () => {
  it("moves a deployment", async () => {
    const admin = await startAdmin();
    const args = ["dp", "update", "dp_1", "--uri", "new-host:9080"];
    const result = await runAgainst(admin, args, { answer: true });
    expect(result).toMatchObject({ code: 0, questions: ["Change it?"] });
    expect(result.stderr).toContain("dp_1: http://localhost:9080/ -> http://new-host:9080\n");
    expect(result.stdout).toMatch(/^address {2,}http:\/\/new-host:9080$/m);
    expect(admin.changes[0]?.body).toEqual({ uri: "http://new-host:9080" });
  });

  it("passes on all that can change", async () => {
    const admin = await startAdmin();
    const options = ["--extra-header", "a=b", "--use-http1.1", "--overwrite", "--yes", "--json"];
    const { stdout } = await runAgainst(admin, ["dp", "update", "dp_1", ...options]);
    expect(JSON.parse(stdout)).toMatchObject({ id: "dp_1" });
    expect(admin.changes[0]?.body).toEqual({
      additional_headers: { a: "b" },
      use_http_11: true,
      overwrite: true,
    });
  });

  it("needs no answer for a dry run", async () => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "update", "dp_1", "--uri", "x:1", "--dry-run"]);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("this would work; nothing was changed");
    expect(admin.changes).toEqual([]);
  });

  it("stays as it is on a no", async () => {
    const admin = await startAdmin();
    const args = ["dp", "update", "dp_1", "--uri", "x:1"];
    expect((await runAgainst(admin, args, { answer: false })).code).toBe(3);
    expect(admin.changes).toEqual([]);
  });

  it("refuses to change nothing", async () => {
    const result = await runAgainst(await startAdmin(), ["dp", "update", "dp_1"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("nothing to change");
  });
});

describe("deployments remove", () => {
  it("says what loses its home, asks, and removes", async () => {
    const admin = await startAdmin();
    const args = ["dp", "remove", "dp_2", "--force"];
    const result = await runAgainst(admin, args, { answer: true });
    expect(result).toMatchObject({ code: 0, questions: ["Remove it?"], stdout: "" });
    expect(result.stderr).toContain("greeter takes new calls here");
    expect(admin.deployments).toEqual([older]);
  });

  it("takes away what nothing needs, without force", async () => {
    const admin = await startAdmin();
    const { code, stderr } = await runAgainst(admin, ["dp", "rm", "dp_1", "--yes"]);
    expect(stderr).toContain(": drained, 0 invocations have begun here and not ended\n");
    expect(code).toBe(0);
    expect(admin.changes.map(({ path }) => path)).toEqual(["/deployments/dp_1?force=true"]);
  });

  it("does not take away what invocations need, unless forced to", async () => {
    const admin = await startAdmin();
    admin.invocations = [invocation({ status: "suspended", pinned_deployment_id: "dp_1" })];
    const { code, stderr } = await runAgainst(admin, ["dp", "rm", "dp_1", "--yes"]);
    expect(stderr).toContain(": draining, 1 invocation has begun here and not ended\n");
    expect(code).toBe(1);
    const list = await runAgainst(admin, ["dp", "list", "--extra"]);
    expect(list.stdout).toMatch(/^dp_1 +draining +1 /m);
    expect(list.stdout).toMatch(/^dp_2 +active +0 /m);
  });

  it("passes on why the server refuses", async () => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "remove", "dp_2", "--yes"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("error: deployment dp_2 is needed; remove it with force");
    expect(admin.deployments).toHaveLength(2);
  });

  it("keeps it on a no, and without a terminal", async () => {
    const admin = await startAdmin();
    expect((await runAgainst(admin, ["dp", "rm", "dp_1"], { answer: false })).code).toBe(3);
    expect((await runAgainst(admin, ["dp", "rm", "dp_1"])).code).toBe(2);
    expect(admin.changes).toEqual([]);
  });
});
