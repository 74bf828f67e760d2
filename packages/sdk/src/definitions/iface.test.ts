import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type Context,
  createInProcessEndpoint,
  type InvocationHandle,
  type InvocationPromise,
  iface,
  implement,
  type ObjectContext,
  serde,
  type WorkflowContext,
} from "../index.ts";
import { decodeJson } from "../testing/messages.ts";
import { numberSchema } from "../testing/schemas.ts";
import { Script } from "../testing/script.ts";

const greeter = iface.service(
  "greeter",
  {
    greet: iface.json<string, string>({ description: "greets" }),
    ping: iface.json<void, void>(),
    raw: iface.serdes({ input: serde.binary, output: serde.binary }),
    double: iface.schemas({ input: numberSchema, output: numberSchema }),
  },
  { description: "a greeter", metadata: { owner: "me" } },
);
const counter = iface.object("counter", {
  add: iface.json<number, number>(),
  get: iface.shared.json<void, number>(),
});
const flow = iface.workflow("flow", {
  run: iface.json<string, string>(),
  status: iface.shared.json<void, string>(),
});

const implemented = implement(greeter, {
  handlers: {
    greet: async (_ctx, name) => `hello ${name}`,
    ping: async () => {},
    raw: async (_ctx, bytes) => bytes,
    double: async (_ctx, n) => n * 2,
  },
  options: { ingressPrivate: true, handlers: { greet: { inactivityTimeout: 5 } } },
});

describe("contracts", () => {
  test("are implemented with what they declare, and bound like any definition", () => {
    const objects = implement(counter, {
      handlers: { add: async (ctx, by) => Number(ctx.key) + by, get: async () => 1 },
    });
    const workflows = implement(flow, {
      handlers: { run: async (_ctx, name) => name, status: async () => "running" },
      description: "the implementation's own words",
    });
    const { manifest } = createInProcessEndpoint({ services: [implemented, objects, workflows] });
    const [service, object, workflow] = manifest.services;
    expect(service).toMatchObject({
      name: "greeter",
      documentation: "a greeter",
      metadata: { owner: "me" },
      ingressPrivate: true,
    });
    expect(service?.handlers[0]).toMatchObject({ documentation: "greets", inactivityTimeout: 5 });
    expect(service?.handlers[2]?.input?.contentType).toBe("application/octet-stream");
    expect(service?.handlers[3]?.input?.jsonSchema).toEqual({ type: "number" });
    expect(object?.handlers.map(({ ty }) => ty)).toEqual(["EXCLUSIVE", "SHARED"]);
    expect(workflow).toMatchObject({
      ty: "WORKFLOW",
      documentation: expect.stringContaining("own"),
    });
    expect(workflow?.handlers.map(({ ty }) => ty)).toEqual(["WORKFLOW", "SHARED"]);
  });

  test("must be implemented whole", () => {
    const config = { handlers: { add: async () => 1 } };
    expect(() => implement(counter, config as never)).toThrow(
      'implement(): missing handler "get" of counter',
    );
  });

  test("are called with their serdes", async () => {
    const script = await Script.play(async (ctx: Context) => {
      void ctx.client(greeter).raw(new TextEncoder().encode("bytes"));
      void ctx.client(implemented).greet("you");
      ctx.sendClient(counter, "k").add(1);
      void ctx.client(flow, "w").status();
    });
    const calls = script.sent.flatMap((message) =>
      message.kind === "call" || message.kind === "oneWayCall"
        ? [[message.service, message.key, message.handler, decodeJson(message.parameter)]]
        : [],
    );
    expect(calls).toEqual([
      ["greeter", "", "raw", "bytes"],
      ["greeter", "", "greet", "you"],
      ["counter", "k", "add", 1],
      ["flow", "w", "status", undefined],
    ]);
  });

  test("have types", () => {
    const check = (ctx: Context) => {
      expectTypeOf(ctx.client(greeter).greet("x")).toEqualTypeOf<InvocationPromise<string>>();
      expectTypeOf(ctx.client(greeter).ping()).toEqualTypeOf<InvocationPromise<void>>();
      expectTypeOf(ctx.client(greeter).double(1)).toEqualTypeOf<InvocationPromise<number>>();
      expectTypeOf(ctx.client(counter, "k").get()).toEqualTypeOf<InvocationPromise<number>>();
      expectTypeOf(ctx.sendClient(counter, "k").add(1)).toEqualTypeOf<InvocationHandle>();
      // @ts-expect-error an object has a key
      ctx.client(counter);
      // @ts-expect-error the input is a number
      void ctx.client(counter, "k").add("1");
      implement(counter, {
        handlers: {
          add: async (ctx, by) => {
            expectTypeOf(ctx).toEqualTypeOf<ObjectContext>();
            expectTypeOf(by).toEqualTypeOf<number>();
            return by;
          },
          get: async (ctx) => {
            // @ts-expect-error a shared handler does not write
            ctx.set("a", 1);
            return 1;
          },
        },
      });
      implement(flow, {
        handlers: {
          run: async (ctx, name) => {
            expectTypeOf(ctx).toEqualTypeOf<WorkflowContext>();
            return name;
          },
          // @ts-expect-error the output is a string
          status: async () => 1,
        },
      });
    };
    expect(check).toBeTypeOf("function");
  });
});
