/** The ingress client against a real server, with services of every kind on either SDK. */
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  type ConnectionOpts,
  connect,
  createAdminClient,
  HttpCallError,
  type Ingress,
  Opts,
  rpc,
  SendOpts,
  type Serde,
  serde,
} from "@rejoin/client";
import * as rejoin from "@rejoin/sdk";
import { start } from "@rejoin/server";
import * as referenceClient from "@restatedev/restate-sdk-clients";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClientServices, type Sdk } from "./testing/client-services.ts";
import { loadReferenceSdk } from "./testing/reference-sdk.ts";

/** Text in capitals on the wire. */
const capitals: Serde<string> = {
  contentType: "application/octet-stream",
  serialize: (value) => new TextEncoder().encode(String(value).toUpperCase()),
  deserialize: (bytes) => new TextDecoder().decode(bytes).toLowerCase(),
};

/** Each SDK has a server for itself. */
async function startServices(sdk: Sdk) {
  const services = createClientServices(sdk);
  const { plain, counter, signup } = services;
  const endpoint = createServer(
    sdk.createEndpointHandler({ services: [plain, counter, signup], logger: () => undefined }),
  );
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  const server = await start({ services: [], logger: () => undefined });
  const { port } = endpoint.address() as AddressInfo;
  await createAdminClient({ url: server.adminUrl }).registerDeployment({
    uri: `http://127.0.0.1:${port}`,
  });
  const close = async () => {
    await server.close();
    await new Promise<void>((resolve) => void endpoint.close(() => resolve()));
  };
  return { ...services, url: server.ingressUrl, close };
}

let count = 0;
const unique = (name: string) => `${name}-${++count}`;
const failureOf = (promise: PromiseLike<unknown>) =>
  Promise.resolve(promise).then(
    (value) => Promise.reject(new Error(`no failure, but ${JSON.stringify(value)}`)),
    (error: unknown) => error as Error,
  );

type Running = Awaited<ReturnType<typeof startServices>>;
const SDKS: readonly [string, () => Promise<Sdk>][] = [
  ["this SDK", async () => rejoin],
  ["the reference SDK", async () => (await loadReferenceSdk()).sdk as unknown as Sdk],
];

describe.each(SDKS)("services on %s", (_name, loadSdk) => {
  let running: Running;
  let ingress: Ingress;
  const open = (options: Partial<ConnectionOpts> = {}) => connect({ url: running.url, ...options });

  beforeAll(async () => {
    running = await startServices(await loadSdk());
    ingress = open();
  });
  afterAll(() => running.close());

  it("are called, with values, with nothing and with bytes", async () => {
    const plain = ingress.serviceClient(running.plain);
    expect(await plain.echo({ text: "grüß dich", list: [1, null] })).toEqual({
      text: "grüß dich",
      list: [1, null],
    });
    expect(await plain.nothing()).toBeUndefined();
    expect(await plain.header("x-own", rpc.opts({ headers: { "X-Own": "1" } }))).toBe("1");
    const bytes = new Uint8Array([0, 255, 7]);
    const binary = { input: serde.binary, output: serde.binary };
    expect(await plain.bytes(bytes, rpc.opts(binary))).toEqual(new Uint8Array([7, 255, 0]));
    const target = { service: "plain", handler: "bytes", parameter: bytes };
    expect(await ingress.call(target)).toEqual(new Uint8Array([7, 255, 0]));
  });

  it("fail with what they have said", async () => {
    const error = await failureOf(ingress.serviceClient(running.plain).fail("no tea"));
    expect(error).toBeInstanceOf(HttpCallError);
    expect(error).toMatchObject({
      status: 418,
      code: 418,
      reason: "no tea",
      source: "invocation",
      invocationId: expect.stringMatching(/^inv_/),
    });
    const unknown = { service: "nope", handler: "h", parameter: 1 };
    expect(await failureOf(ingress.call(unknown))).toMatchObject({
      status: 404,
      source: "ingress",
    });
  });

  it("that are objects have keys of any kind", async () => {
    for (const key of [unique("k"), "a/b c?d#e%", "ü", "", "...", "send"]) {
      const client = ingress.objectClient(running.counter, key);
      expect(await client.get()).toBe(0);
      expect(await client.add(2)).toBe(2);
      expect(await client.add(3)).toBe(5);
      expect(await client.get()).toBe(5);
    }
  });

  it("are sent to, and give their results later", async () => {
    const key = unique("k");
    const sender = ingress.objectSendClient(running.counter, key);
    const once = rpc.sendOpts<number>({ idempotencyKey: unique("once") });
    const first = await sender.add(2, once);
    expect(first).toMatchObject({ status: "Accepted", attachable: true });
    expect(await ingress.result(first)).toBe(2);
    const again = await sender.add(2, once);
    expect(again).toEqual({ ...first, status: "PreviouslyAccepted" });
    expect(await ingress.result(again)).toBe(2);
    expect(await ingress.objectClient(running.counter, key).get()).toBe(2);

    const unkept = await sender.add(1);
    expect(unkept.attachable).toBe(false);
    await expect(ingress.result(unkept)).rejects.toThrow(unkept.invocationId);
  });

  it("are sent to for later", async () => {
    const delay = { milliseconds: 20 };
    const opts = SendOpts.from<unknown>({ delay, idempotencyKey: unique("later") });
    const sent = await ingress.serviceSendClient(running.plain).echo("late", opts);
    expect(sent.executionTime).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await ingress.result(sent)).toBe("late");
  });

  it("that are workflows run once", async () => {
    const client = ingress.workflowClient(running.signup, unique("w/1"));
    expect(await failureOf(client.workflowOutput())).toMatchObject({ status: 404 });
    const submission = await client.workflowSubmit("Ada");
    expect(submission).toMatchObject({ status: "Accepted", attachable: true });
    expect((await client.workflowOutput()).ready).toBe(false);
    expect(await client.workflowSubmit("Bob")).toEqual({
      ...submission,
      status: "PreviouslyAccepted",
    });
    const attached = client.workflowAttach();
    await client.say("yes");
    expect(await attached).toBe("Ada said yes");
    expect(await client.workflowOutput()).toEqual({ ready: true, result: "Ada said yes" });
    expect(await ingress.result(submission)).toBe("Ada said yes");
  });

  it("wait for awakeables", async () => {
    const resolved = unique("held");
    const call = ingress.serviceClient(running.plain).held(resolved);
    const id = await running.entered.awakeableId(resolved);
    await ingress.resolveAwakeable(id, { paid: 7 });
    expect(await call).toEqual({ paid: 7 });

    const rejected = unique("held");
    const failing = failureOf(ingress.serviceClient(running.plain).held(rejected));
    await ingress.rejectAwakeable(await running.entered.awakeableId(rejected), "too late");
    expect(await failing).toMatchObject({ status: 500, reason: "too late" });
    expect(await failureOf(ingress.resolveAwakeable("sign_nope"))).toMatchObject({ status: 400 });
  });

  it("are set apart by scopes", async () => {
    const idempotencyKey = unique("scoped");
    const name = unique("counted");
    const countIn = (scope: string) =>
      ingress
        .scope(scope)
        .serviceClient(running.plain)
        .counted(name, rpc.opts({ idempotencyKey, limitKey: "a/b" }));
    expect([await countIn("one"), await countIn("one"), await countIn("two")]).toEqual([1, 1, 2]);

    const key = unique("w");
    const own = ingress.scope("one").workflowClient(running.signup, key);
    const other = ingress.scope("two").workflowClient(running.signup, key);
    expect((await own.workflowSubmit("Ada")).status).toBe("Accepted");
    expect((await other.workflowSubmit("Bob")).status).toBe("Accepted");
    await own.say("yes");
    expect(await own.workflowAttach()).toBe("Ada said yes");
    expect(await own.workflowOutput()).toMatchObject({ ready: true, result: "Ada said yes" });
    expect((await other.workflowOutput()).ready).toBe(false);
  });

  it("need a scope where there is a limit key", async () => {
    const opts = rpc.opts<unknown, unknown>({ limitKey: "a" });
    const error = await failureOf(ingress.serviceClient(running.plain).echo(1, opts));
    expect(error).toMatchObject({ status: 400, source: "ingress" });
  });

  it("take the serde of the connection for everything, or that of a call", async () => {
    const own = open({ serde: capitals as Serde<unknown> });
    const target = { service: "plain", handler: "bytes", parameter: "abc" };
    expect(await own.call<string, string>(target)).toBe("cba");
    const opts = Opts.from<string, string>({ output: serde.binary as never });
    expect(await own.call<string, string>({ ...target, opts })).toEqual(
      new TextEncoder().encode("CBA"),
    );
    const idempotencyKey = unique("capitals");
    const sent = await own.send({ ...target, opts: SendOpts.from({ idempotencyKey }) });
    expect(await own.result(sent)).toBe("cba");
    expect(await own.result(sent, serde.binary)).toEqual(new TextEncoder().encode("CBA"));
  });

  it("go on when nobody waits, and give their result to who asks again", async () => {
    const name = unique("held");
    const idempotencyKey = name;
    const held = ingress.serviceClient(running.plain).held;
    const controller = new AbortController();
    const left = failureOf(held(name, rpc.opts({ idempotencyKey, signal: controller.signal })));
    const id = await running.entered.awakeableId(name);
    controller.abort();
    expect((await left).name).toBe("AbortError");
    const timedOut = await failureOf(held(name, rpc.opts({ idempotencyKey, timeout: 20 })));
    expect(timedOut.name).toBe("TimeoutError");
    await ingress.resolveAwakeable(id, "here");
    expect(await held(name, rpc.opts({ idempotencyKey }))).toBe("here");
  });

  it("do once what is asked for again because its answer was lost", async () => {
    let asked = 0;
    const losing: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      if (++asked > 2) return response;
      await response.arrayBuffer();
      throw new TypeError("fetch failed", { cause: new Error("connection reset") });
    };
    const name = unique("counted");
    const own = open({ fetch: losing, retry: { initialInterval: 1 } });
    const opts = rpc.opts<string, number>({ idempotencyKey: name });
    expect(await own.serviceClient(running.plain).counted(name, opts)).toBe(1);
    expect(asked).toBe(3);
    expect(running.entered.runsOf(name)).toBe(1);

    asked = 0;
    const submission = await own.workflowClient(running.signup, name).workflowSubmit("Ada");
    expect(asked).toBe(3);
    expect(submission.status).toBe("PreviouslyAccepted");
  });

  it("are reached by the reference client alike", async () => {
    const reference = referenceClient.connect({ url: running.url }) as unknown as Ingress;
    const key = unique("both");
    expect(await reference.objectClient(running.counter, key).add(2)).toBe(2);
    expect(await ingress.objectClient(running.counter, key).add(2)).toBe(4);
    const opts = { idempotencyKey: unique("both") };
    const sent = await reference
      .objectSendClient(running.counter, key)
      .add(1, referenceClient.rpc.sendOpts(opts) as unknown as SendOpts<number>);
    const again = await ingress.objectSendClient(running.counter, key).add(1, rpc.sendOpts(opts));
    expect(again).toEqual({ ...sent, status: "PreviouslyAccepted" });
    const failures = [reference, ingress].map((client) =>
      failureOf(client.serviceClient(running.plain).fail("no tea")),
    );
    const [first, second] = await Promise.all(failures);
    expect(second?.message).toBe(first?.message);
  });
});
