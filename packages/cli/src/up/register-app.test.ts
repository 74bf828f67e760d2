import { createAdminClient } from "@rejoin/client";
import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { handler, service } from "../testing/resources.ts";
import { type RegisterAppOptions, registerApp } from "./register-app.ts";

const uri = "http://localhost:1234";

async function register(own: Partial<RegisterAppOptions> = {}) {
  const admin = await startFakeAdmin();
  admin.endpoints.set(uri, [service({ handlers: [handler("hidden", { public: false })] })]);
  const said: string[] = [];
  const options: RegisterAppOptions = {
    port: 1234,
    admin: createAdminClient({ url: admin.url }),
    ingressUrl: "http://in",
    isFirst: false,
    say: (text) => said.push(text),
    ...own,
  };
  return { admin, said, done: () => registerApp(options) };
}

describe("registering the app", () => {
  it("overwrites what was there, and says the revision", async () => {
    const { admin, said, done } = await register();
    await done();
    await done();
    expect(admin.changes.map(({ body }) => body)).toEqual([
      { uri, force: true },
      { uri, force: true },
    ]);
    expect(said).toEqual([
      "registered greeter (revision 1) on port 1234",
      "registered greeter (revision 2) on port 1234",
    ]);
  });

  it("says how to call it the first time", async () => {
    const { admin, said, done } = await register({ isFirst: true });
    const handlers = [handler("hidden", { public: false }), handler("add")];
    admin.endpoints.set(uri, [service({ name: "cart", ty: "VirtualObject", handlers })]);
    await done();
    expect(said[1]).toBe("call it: curl http://in/cart/my-key/add --json '…'");
  });

  it("says nothing of calling when nothing can be called", async () => {
    const { admin, said, done } = await register({ isFirst: true });
    await done();
    admin.endpoints.set(uri, []);
    await done();
    expect(said).toEqual([
      "registered greeter (revision 1) on port 1234",
      "registered port 1234, which serves no services",
    ]);
  });

  it("speaks HTTP/1.1 to an app that speaks nothing else", async () => {
    const { admin, said, done } = await register();
    admin.override = ({ body }) => {
      const isOld = (body as { readonly use_http_11?: boolean }).use_http_11 === true;
      const refusal = { message: "HTTP/1.1 only", restate_code: "META0014" };
      return isOld ? undefined : { status: 500, body: refusal };
    };
    await done();
    expect(said).toEqual(["registered greeter (revision 1) on port 1234"]);
  });

  it("says what went wrong", async () => {
    const { admin, said, done } = await register();
    admin.endpoints.clear();
    await done();
    expect(said).toEqual([
      `what listens on port 1234 could not be registered: [META0003] cannot reach ${uri}`,
    ]);
  });
});
