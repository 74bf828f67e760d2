import { describe, expect, it } from "vitest";
import { resolveConnection } from "./connection.ts";
import { TestTerminal } from "./testing/test-environment.ts";

const resolve = (variables: Readonly<Record<string, string>>, flags = {}) =>
  resolveConnection(new TestTerminal({ variables }).environment, flags);

describe("where the server is", () => {
  it("is on the local ports by default", () => {
    expect(resolve({})).toEqual({
      admin: { url: "http://127.0.0.1:9070", source: "default" },
      ingress: { url: "http://127.0.0.1:8080", source: "default" },
      token: undefined,
    });
  });

  it("is what REJOIN_… says, and RESTATE_… without that", () => {
    const variables = {
      RESTATE_ADMIN_URL: "http://a:1",
      RESTATE_INGRESS_URL: "http://b:2",
      RESTATE_AUTH_TOKEN: "t",
      REJOIN_INGRESS_URL: "https://c",
      REJOIN_AUTH_TOKEN: "",
    };
    expect(resolve(variables)).toEqual({
      admin: { url: "http://a:1", source: "RESTATE_ADMIN_URL" },
      ingress: { url: "https://c", source: "REJOIN_INGRESS_URL" },
      token: "t",
    });
  });

  it("is what the flags say above all, http:// left out", () => {
    const flags = { adminUrl: "host:9070", ingressUrl: "https://x/y" };
    expect(resolve({ REJOIN_ADMIN_URL: "http://a:1" }, flags)).toMatchObject({
      admin: { url: "http://host:9070", source: "--admin-url" },
      ingress: { url: "https://x/y" },
    });
  });
});
