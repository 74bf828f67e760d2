import { describe, expect, test } from "vitest";
import {
  type Context,
  type HandlerDescriptor,
  handlers,
  type ObjectContext,
  type ObjectDescriptor,
  type ObjectSharedContext,
  object,
  rpc,
  type ServiceDescriptor,
  serde,
  service,
  type WorkflowContext,
  workflow,
} from "../index.ts";
import { decodeJson } from "../testing/messages.ts";
import { Script, type ScriptOptions } from "../testing/script.ts";

const counter = object({
  name: "counter",
  handlers: {
    add: async (_ctx: ObjectContext, by: number): Promise<number> => by,
    raw: handlers.object.shared(
      { input: serde.binary, output: serde.binary },
      async (_ctx: ObjectSharedContext, bytes: Uint8Array): Promise<Uint8Array> => bytes,
    ),
  },
});
const flow = workflow({
  name: "flow",
  handlers: { run: async (_ctx: WorkflowContext, name: string): Promise<string> => name },
});
const plain = service({
  name: "plain",
  handlers: { echo: async (_ctx: Context, text: string): Promise<string> => text },
});

/** The calls and sends that a handler makes, in short. */
async function callsOf(handler: (ctx: Context) => void, options?: ScriptOptions) {
  const script = await Script.play(async (ctx: Context) => handler(ctx), options);
  expect(script.error).toBeUndefined();
  return script.sent.flatMap((message) => {
    if (message.kind !== "call" && message.kind !== "oneWayCall") return [];
    const { kind, service, handler, key, parameter, scope, limitKey, idempotencyKey } = message;
    const optional = Object.entries({ scope, limitKey, idempotencyKey });
    const given = Object.fromEntries(optional.filter(([, value]) => value !== undefined));
    return [[kind, service, key, handler, decodeJson(parameter), given]];
  });
}

describe("clients", () => {
  test("of objects and workflows carry the key", async () => {
    const calls = await callsOf((ctx) => {
      void ctx.objectClient(counter, "a").add(1);
      ctx.objectSendClient(counter, "b").add(2);
      void ctx.workflowClient(flow, "w").run("x");
      ctx.workflowSendClient<typeof flow>({ name: "flow" }, "v").run("y");
      void ctx.serviceClient(plain).echo("z");
    });
    expect(calls).toEqual([
      ["call", "counter", "a", "add", 1, {}],
      ["oneWayCall", "counter", "b", "add", 2, {}],
      ["call", "flow", "w", "run", "x", {}],
      ["oneWayCall", "flow", "v", "run", "y", {}],
      ["call", "plain", "", "echo", "z", {}],
    ]);
  });

  test("use the serdes that the handlers declare; an option comes first", async () => {
    const calls = await callsOf((ctx) => {
      void ctx.objectClient(counter, "a").raw(new TextEncoder().encode("raw"));
      const json = rpc.opts<Uint8Array, Uint8Array>({ input: serde.json });
      void ctx.objectClient(counter, "a").raw("as json" as never, json);
    });
    expect(calls.map((call) => call[4])).toEqual(["raw", "as json"]);
  });

  test("by kind: a key where there is one", async () => {
    // Definitions are contracts, too.
    const service = plain as never as ServiceDescriptor<
      "plain",
      { echo: HandlerDescriptor<string, string> }
    >;
    const object = counter as never as ObjectDescriptor<
      "counter",
      { add: HandlerDescriptor<number, number> }
    >;
    const calls = await callsOf((ctx) => {
      void ctx.client(service).echo("a");
      void ctx.client(object, "k").add(1);
      ctx.sendClient(object, "k").add(2);
    });
    expect(calls).toEqual([
      ["call", "plain", "", "echo", "a", {}],
      ["call", "counter", "k", "add", 1, {}],
      ["oneWayCall", "counter", "k", "add", 2, {}],
    ]);
  });

  test("with a scope, a limit key and an idempotency key", async () => {
    const calls = await callsOf((ctx) => {
      void ctx
        .scope("tenant")
        .serviceClient(plain)
        .echo("a", rpc.opts({ limitKey: "u/1" }));
      ctx.scope("tenant").objectSendClient(counter, "k").add(1);
      ctx.serviceSendClient(plain).echo("b", rpc.sendOpts({ idempotencyKey: "once" }));
      void ctx.genericCall({
        service: "s",
        method: "m",
        parameter: new Uint8Array(),
        scope: "other",
        limitKey: "l",
      });
    });
    expect(calls.map((call) => call[5])).toEqual([
      { scope: "tenant", limitKey: "u/1" },
      { scope: "tenant" },
      { idempotencyKey: "once" },
      { scope: "other", limitKey: "l" },
    ]);
  });

  test("scopes need version 7, and nothing may be empty", async () => {
    const old = await Script.play(
      async (ctx: Context) => void ctx.scope("t").serviceClient(plain).echo("a"),
      { version: 6 },
    );
    expect(old.error).toMatchObject({ code: 573 });
    expect(old.error?.message).toContain("version 6 was negotiated for this call to plain/echo");
    const empty = await Script.play(
      async (ctx: Context) => void ctx.scope("").serviceClient(plain).echo("a"),
    );
    expect(empty.error?.message).toBe(
      "the scope of a call to plain/echo must not be empty; leave it out if there is none",
    );
  });

  test("a key that is no string is a mistake of the program", async () => {
    const script = await Script.play(
      async (ctx: Context) => void ctx.objectClient(counter, undefined as never),
    );
    expect(script.error?.message).toContain("a client of counter needs the key");
  });

  test("a service has no key; an object and a workflow have", async () => {
    const handler = async (ctx: ObjectContext) => ctx.key;
    const none = await Script.play(handler, { start: { key: "" } });
    expect(none.result).toMatchObject({ code: 500 });
    expect((none.result as { message: string }).message).toContain("svc/run is a handler of a");
    for (const kind of ["exclusive", "shared", "workflow"] as const) {
      const script = await Script.play(handler, { kind, start: { key: "k" } });
      expect(script.result).toBe("k");
    }
  });
});
