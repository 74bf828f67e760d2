import { createAdminClient } from "@rejoin/client";
import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "../testing/fake-admin.ts";
import { handler, service } from "../testing/resources.ts";
import { TestTerminal } from "../testing/test-environment.ts";
import { type RegisterAppOptions, registerApp } from "./register-app.ts";

const uri = "http://localhost:1234";

async function register(
  own: Partial<RegisterAppOptions> & { readonly environment?: RegisterAppOptions["environment"] },
) {
  const admin = await startFakeAdmin();
  admin.endpoints.set(uri, [service({ handlers: [handler("hidden", { public: false })] })]);
  const said: string[] = [];
  const options: RegisterAppOptions = {
    environment: listening(),
    port: 1234,
    admin: createAdminClient({ url: admin.url }),
    ingressUrl: "http://in",
    isFirst: false,
    isCurrent: () => true,
    say: (text) => said.push(text),
    ...own,
  };
  return { admin, said, done: () => registerApp(options) };
}

/** Something listens after so many looks; time flies. */
function listening(afterLooks = 0): RegisterAppOptions["environment"] {
  let looks = 0;
  let now = 0;
  return {
    ...new TestTerminal().environment,
    now: () => now,
    isPortOpen: async () => looks++ >= afterLooks,
    after: (delayMs, callback) => {
      now += delayMs;
      queueMicrotask(callback);
      return () => {};
    },
  };
}

describe("registering the app", () => {
  it("overwrites what was there, and says the revision", async () => {
    const { admin, said, done } = await register({});
    await done();
    await done();
    expect(admin.changes.map(({ body }) => body)).toEqual([
      { uri, force: true },
      { uri, force: true },
    ]);
    expect(said).toEqual(["registered greeter (revision 1)", "registered greeter (revision 2)"]);
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
      "registered greeter (revision 1)",
      "registered, but the app serves no services",
    ]);
  });

  it("speaks HTTP/1.1 to an app that speaks nothing else", async () => {
    const { admin, said, done } = await register({});
    admin.override = ({ body }) => {
      const isOld = (body as { readonly use_http_11?: boolean }).use_http_11 === true;
      const refusal = { message: "HTTP/1.1 only", restate_code: "META0014" };
      return isOld ? undefined : { status: 500, body: refusal };
    };
    await done();
    expect(said).toEqual(["registered greeter (revision 1)"]);
  });

  it("waits for the app, and says once what it waits for", async () => {
    const { said, done } = await register({ environment: listening(1000) });
    await done();
    expect(said).toEqual([
      "the app does not listen on port 1234: it must take the port from PORT, as serve() does",
      "registered greeter (revision 1)",
    ]);
  });

  it("gives up when the app has ended", async () => {
    let looks = 0;
    const isCurrent = () => looks++ < 10;
    const { admin, said, done } = await register({
      environment: listening(Number.POSITIVE_INFINITY),
      isCurrent,
    });
    await done();
    expect({ said, requests: admin.requests }).toEqual({ said: [], requests: [] });
  });

  it("says what went wrong", async () => {
    const { admin, said, done } = await register({});
    admin.endpoints.clear();
    await done();
    expect(said).toEqual([`the app could not be registered: [META0003] cannot reach ${uri}`]);
  });
});
