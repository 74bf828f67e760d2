import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../../testing/fake-admin.ts";
import { deployment, handler, service } from "../../testing/resources.ts";
import { runAgainst } from "../../testing/run-against.ts";

const uri = "http://localhost:9080";
const counter = service({
  name: "counter",
  ty: "VirtualObject",
  handlers: [handler("add", { ty: "Exclusive" }), handler("get", { ty: "Shared" })],
});

async function startAdmin() {
  const admin = await startFakeAdmin();
  admin.endpoints.set(uri, [service(), counter]);
  return admin;
}

describe("register", () => {
  it("shows what is added, asks, and registers", async () => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "register", "localhost:9080"], { answer: true });
    expect(result).toMatchObject({ code: 0, questions: ["Register this?"], stderr: "" });
    expect(result.stdout).toBe(
      [
        "ADDED greeter (service)",
        "  HANDLER  TYPE  INPUT             OUTPUT",
        "  greet          application/json  application/json",
        "",
        "ADDED counter (virtual object)",
        "  HANDLER  TYPE       INPUT             OUTPUT",
        "  add      exclusive  application/json  application/json",
        "  get      shared     application/json  application/json",
        "registered dp_1",
        "  SERVICE  REVISION",
        "  greeter  1",
        "  counter  1",
        "",
      ].join("\n"),
    );
    expect(admin.requests[0]?.body).toEqual({ uri, dry_run: true });
    expect(admin.changes.map(({ body }) => body)).toEqual([{ uri }]);
  });

  it("changes nothing when the answer is no", async () => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "register", uri], { answer: false });
    expect(result).toMatchObject({ code: 3, stderr: "error: nothing was changed\n" });
    expect(admin.changes).toEqual([]);
  });

  it("says that it cannot ask without a terminal", async () => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "register", uri]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("nothing was changed: there is no terminal to ask on");
    expect(result.stderr).toContain("--yes");
    expect(admin.changes).toEqual([]);
  });

  it.each([
    { name: "--yes", args: ["--yes"], variables: {} },
    { name: "CI", args: [], variables: { CI: "true" } },
  ])("does not ask with $name", async ({ args, variables }) => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "register", uri, ...args], { variables });
    expect(result).toMatchObject({ code: 0, questions: [] });
    expect(admin.deployments).toHaveLength(1);
  });

  it("asks when CI says false", async () => {
    const admin = await startAdmin();
    const variables = { CI: "false" };
    expect((await runAgainst(admin, ["dp", "register", uri], { variables })).code).toBe(2);
  });

  it("shows what a new revision changes", async () => {
    const admin = await startAdmin();
    const before = [service({ handlers: [handler("greet"), handler("bow")] })];
    admin.deployments = [deployment({ id: "dp_old", uri: "http://old:9080", services: before })];
    const after = [handler("greet", { input_description: "none" }), handler("wave")];
    admin.endpoints.set(uri, [service({ handlers: after })]);
    const { code, stdout } = await runAgainst(admin, ["dp", "register", uri, "-y"]);
    expect(code).toBe(0);
    expect(stdout).toContain("UPDATED greeter (service, revision 1 -> 2, now dp_1)\n");
    expect(stdout).toMatch(/^ {2}~~ {2}greet .*none/m);
    expect(stdout).toMatch(/^ {2}\+\+ {2}wave/m);
    expect(stdout).toMatch(/^ {2}-- {2}bow/m);
  });

  it("changes nothing at a known address, and says how to", async () => {
    const admin = await startAdmin();
    admin.deployments = [deployment({ id: "dp_7", uri })];
    const result = await runAgainst(admin, ["dp", "register", uri]);
    expect(result).toMatchObject({ code: 0, stdout: "" });
    expect(result.stderr).toContain("registered already, as dp_7: nothing was changed");
    expect(result.stderr).toContain("--force");
    expect(admin.changes).toEqual([]);
  });

  it("overwrites with --force, warns, and shows what goes", async () => {
    const admin = await startAdmin();
    const gone = service({ name: "gone", deployment_id: "dp_7" });
    admin.deployments = [deployment({ id: "dp_7", uri, services: [service(), gone] })];
    const args = ["dp", "register", uri, "--force"];
    const result = await runAgainst(admin, args, { answer: true });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain("REMOVED gone (service)");
    expect(result.stderr).toContain("warning: this replaces the code of deployment dp_7");
    expect(admin.changes[0]?.body).toEqual({ uri, force: true });
    expect(admin.services.map(({ name }) => name)).toEqual(["greeter", "counter"]);
  });

  it("passes on how to connect, and metadata", async () => {
    const admin = await startAdmin();
    const options = ["--use-http1.1", "--breaking", "--extra-header", "a=b=c", "--extra-header"];
    const args = ["dp", "register", "9080", ...options, "x=y", "--metadata", "team=orders", "-y"];
    expect((await runAgainst(admin, args)).code).toBe(0);
    expect(admin.changes[0]?.body).toEqual({
      uri,
      breaking: true,
      use_http_11: true,
      additional_headers: { a: "b=c", x: "y" },
      metadata: { team: "orders" },
    });
  });

  it("changes nothing with --dry-run", async () => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "register", uri, "--dry-run"]);
    expect(result).toMatchObject({ code: 0, stderr: "a dry run: nothing was changed\n" });
    expect(result.stdout).toContain("ADDED counter");
    expect(admin.changes).toEqual([]);
  });

  it("prints JSON and nothing else to stdout", async () => {
    const admin = await startAdmin();
    admin.deployments = [deployment({ id: "dp_old", uri: "http://old:9080" })];
    const args = ["dp", "register", uri, "--json"];
    const result = await runAgainst(admin, args, { answer: true });
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      id: "dp_2",
      outcome: "created",
      dry_run: false,
      changes: [
        { change: "added", service: "counter", type: "VirtualObject", handlers: ["add", "get"] },
        {
          change: "updated",
          service: "greeter",
          previous: { revision: 1, deployment_id: "dp_1" },
          revision: 2,
          handlers: [{ change: "same", name: "greet" }],
        },
      ],
      deployment: { id: "dp_2" },
    });
    const again = await runAgainst(admin, args);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: "unchanged", changes: [] });
  });

  it("registers a function of AWS Lambda, with a role", async () => {
    const admin = await startAdmin();
    const arn = "arn:aws:lambda:eu-central-1:123456789012:function:orders:1";
    admin.endpoints.set(arn, [service()]);
    const role = "arn:aws:iam::123456789012:role/invoker";
    const args = ["dp", "register", arn, "--assume-role-arn", role, "--yes"];
    expect(await runAgainst(admin, args)).toMatchObject({ code: 0 });
    expect(admin.changes.map(({ body }) => body)).toEqual([{ arn, assume_role_arn: role }]);
    expect((await runAgainst(admin, ["dp", "list"])).stdout).toContain(arn);
    const { stdout } = await runAgainst(admin, ["dp", "describe", "dp_1"]);
    expect(stdout).toContain("AWS Lambda");
  });

  it("explains an endpoint that cannot be reached", async () => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["dp", "register", "nowhere:1", "-y"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("error: [META0003] cannot reach http://nowhere:1\n");
    expect(result.stderr).toContain("hint: is the endpoint running");
  });

  it.each([
    [["register"], "missing required argument"],
    [["register", "http://h", "--assume-role-arn", "arn:r"], "with the ARN of a function"],
    [["register", "http://"], "is no URL"],
    [["register", "x:1", "--extra-header", "nope"], "name=value"],
  ])("refuses %j", async (args, message) => {
    const admin = await startAdmin();
    const result = await runAgainst(admin, ["deployments", ...args]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
    expect(admin.requests).toEqual([]);
  });
});
