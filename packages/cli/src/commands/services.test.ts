import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { deployment, handler, service } from "../testing/resources.ts";
import { runAgainst } from "../testing/run-against.ts";

const cart = service({
  name: "cart",
  ty: "VirtualObject",
  revision: 2,
  deployment_id: "dp_2",
  public: false,
  handlers: [handler("add", { ty: "Exclusive" }), handler("get", { ty: "Shared" })],
  documentation: "What somebody wants.",
  inactivity_timeout: "1m",
  journal_retention: "1d",
  retry_policy: {
    initial_interval: "500ms",
    exponentiation_factor: 2,
    max_attempts: null,
    max_interval: "1m",
    on_max_attempts: "Pause",
  },
});

async function startAdmin() {
  const admin = await startFakeAdmin();
  admin.deployments = [
    deployment({ services: [service(), service({ name: "cart" })] }),
    deployment({ id: "dp_2", uri: "http://localhost:9090/", services: [cart] }),
  ];
  return admin;
}

describe("services list", () => {
  it("prints a table by name", async () => {
    const { code, stdout } = await runAgainst(await startAdmin(), ["services", "list"]);
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "NAME     TYPE            REVISION  PUBLIC  DEPLOYMENT  HANDLERS",
      "cart     virtual object  2         no      dp_2        add, get",
      "greeter  service         1         yes     dp_1        greet",
      "",
    ]);
  });

  it("prints JSON", async () => {
    const { stdout } = await runAgainst(await startAdmin(), ["svc", "ls", "--json"]);
    const names = JSON.parse(stdout).services.map(({ name }: { readonly name: string }) => name);
    expect(names).toEqual(["cart", "greeter"]);
  });

  it("says that there are none", async () => {
    const result = await runAgainst(await startFakeAdmin(), ["svc", "ls"]);
    expect(result).toMatchObject({ code: 0, stdout: "" });
    expect(result.stderr).toContain("no services yet");
  });
});

describe("services describe", () => {
  it("shows options, handlers and older revisions", async () => {
    const { stdout } = await runAgainst(await startAdmin(), ["services", "describe", "cart"]);
    expect(stdout).toMatch(/^deployment {2,}dp_2 at http:\/\/localhost:9090\/$/m);
    expect(stdout).toMatch(/^inactivity timeout {2,}1m$/m);
    expect(stdout).toMatch(/^retries {2,}any number of attempts, 500ms × 2 up to 1m, then pause$/m);
    expect(stdout).toMatch(/^get {2,}shared/m);
    expect(stdout).toMatch(/^ {2}1 {2,}dp_1 {2,}http:\/\/localhost:9080\//m);
  });

  it("prints JSON", async () => {
    const { stdout } = await runAgainst(await startAdmin(), ["svc", "get", "cart", "--json"]);
    expect(JSON.parse(stdout)).toEqual(cart);
  });

  it("fails for a name that there is not", async () => {
    const result = await runAgainst(await startAdmin(), ["svc", "get", "nope"]);
    expect(result).toMatchObject({ code: 1, stdout: "" });
  });
});
