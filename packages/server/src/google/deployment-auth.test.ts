import { describe, expect, it } from "vitest";
import { type DeploymentAuth, parseDeploymentAuth } from "./deployment-auth.ts";

const parse = (auth: Omit<DeploymentAuth, "kind">, uri = "https://h.test", headers = {}) =>
  parseDeploymentAuth({ kind: "googleIdToken", ...auth }, uri, headers);

describe("a token is sent", () => {
  it.each([
    "https://orders-abc.run.app",
    "http://localhost:9080",
    "http://api.localhost",
    "http://orders:9080",
    "http://orders.default.svc",
    "http://orders.default.svc.cluster.local",
    "http://orders.internal.",
    "http://10.1.2.3",
    "http://172.31.0.1",
    "http://100.64.1.1",
    "http://[fd00::1]:9080",
    "http://[fe80::1]",
    "http://[::1]",
  ])("to %s", (uri) => {
    expect(parse({}, uri)).toEqual({ kind: "googleIdToken" });
  });

  it.each([
    "http://orders-abc.run.app",
    "http://203.0.113.5",
    "http://172.32.0.1",
    "http://100.128.0.1",
    "http://[2001:db8::1]",
    "http://a.notlocal",
  ])("not to %s, which is public and has no TLS", (uri) => {
    expect(() => parse({}, uri)).toThrow(/are not sent to .* without TLS/);
  });
});

it("refuses what is no account and no audience", () => {
  const account = "invoker@project.iam.gserviceaccount.com";
  const auth = { impersonateServiceAccount: account, audience: "https://a.run.app/x" };
  expect(parse(auth)).toMatchObject(auth);
  for (const bad of ["invoker", "a/b@c.d", "a@b c"]) {
    expect(() => parse({ impersonateServiceAccount: bad })).toThrow(/is no service account/);
  }
  for (const bad of ["", "a b", "a&format=standard", "a#b", "x".repeat(1001)]) {
    expect(() => parse({ audience: bad })).toThrow(/is no audience/);
  }
  expect(() => parse({}, "https://h.test", { authorization: "x" })).toThrow(/leave one out/);
});
