import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { deployment } from "../testing/resources.ts";
import { runAgainst } from "../testing/run-against.ts";
import { TestTerminal } from "../testing/test-environment.ts";

describe("status", () => {
  it("shows the server, and where its URL comes from", async () => {
    const admin = await startFakeAdmin();
    admin.deployments = [deployment()];
    const { code, stdout } = await runAgainst(admin, ["status"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^server {2,}up$/m);
    expect(stdout).toContain(`${admin.url} (REJOIN_ADMIN_URL)`);
    expect(stdout).toMatch(/^ingress {2,}http:\/\/127.0.0.1:8080 \(default\)$/m);
    expect(stdout).toMatch(/^server version {2,}9.9.9$/m);
    expect(stdout).toMatch(/^services {2,}1$/m);
  });

  it("prints JSON, also as whoami", async () => {
    const admin = await startFakeAdmin();
    const variables = { REJOIN_AUTH_TOKEN: "secret" };
    const { stdout } = await runAgainst(admin, ["whoami", "--json"], { variables });
    expect(JSON.parse(stdout)).toMatchObject({
      up: true,
      server_version: "9.9.9",
      advertised_ingress: "http://in:8080",
      deployments: 0,
    });
    expect(stdout).not.toContain("secret");
    expect(admin.requests[0]?.authorization).toBe("Bearer secret");
  });

  it("fails when the server is down, and still says where it was looked for", async () => {
    const terminal = new TestTerminal();
    expect(await terminal.run("--admin-url", "127.0.0.1:1", "status", "--json")).toBe(1);
    expect(JSON.parse(terminal.stdout)).toMatchObject({
      up: false,
      admin: { url: "http://127.0.0.1:1", source: "--admin-url" },
    });
    expect(terminal.stderr).toContain("cannot reach");
  });
});
