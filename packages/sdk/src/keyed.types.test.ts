/** The types of objects and workflows, as users write them. */
import { expect, expectTypeOf, test } from "vitest";
import {
  type Context,
  type DurablePromise,
  handlers,
  type InvocationHandle,
  type InvocationPromise,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  type RestatePromise,
  type VirtualObjectDefinition,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "./index.ts";

type State = { count: number; name: string };

const counter = object({
  name: "counter",
  handlers: {
    add: async (ctx: ObjectContext<State>, by: number): Promise<number> => {
      const count = ((await ctx.get("count")) ?? 0) + by;
      ctx.set("count", count);
      return count;
    },
    get: handlers.object.shared(async (ctx: ObjectSharedContext<State>) => ctx.get("count")),
    async twice(ctx: ObjectContext): Promise<void> {
      await this.add(ctx as never, 2);
    },
  },
});

const flow = workflow({
  name: "flow",
  handlers: {
    run: async (ctx: WorkflowContext, name: string): Promise<string> => {
      ctx.set("name", name);
      return await ctx.promise<string>("signal");
    },
    signal: async (ctx: WorkflowSharedContext, value: string): Promise<void> => {
      await ctx.promise<string>("signal").resolve(value);
    },
  },
});

test("clients of objects and workflows have the handlers' types", () => {
  const ctx = {} as Context;
  const check = () => {
    const client = ctx.objectClient(counter, "k");
    expectTypeOf(client.add(1)).toEqualTypeOf<InvocationPromise<number>>();
    expectTypeOf(client.get()).toEqualTypeOf<InvocationPromise<number | null>>();
    // @ts-expect-error there is no such handler
    client.missing();
    // @ts-expect-error an object has a key
    ctx.objectClient(counter);
    // @ts-expect-error an object is no service
    ctx.serviceClient(counter).add;
    expectTypeOf(
      ctx.objectSendClient<typeof counter>({ name: "counter" }, "k").add(1),
    ).toEqualTypeOf<InvocationHandle>();
    type Api = { hello: (ctx: ObjectContext, name: string) => Promise<boolean> };
    const api: VirtualObjectDefinition<"api", Api> = { name: "api" };
    expectTypeOf(ctx.objectClient(api, "k").hello("x")).toEqualTypeOf<InvocationPromise<boolean>>();
    expectTypeOf(ctx.workflowClient(flow, "w").run("x")).toEqualTypeOf<InvocationPromise<string>>();
    expectTypeOf(ctx.workflowClient(flow, "w").signal("x")).toEqualTypeOf<
      InvocationPromise<void>
    >();
  };
  expect(check).toBeTypeOf("function");
});

test("state has the types that were declared, or those of each use", () => {
  const typed = {} as ObjectContext<State>;
  const untyped = {} as ObjectContext;
  const shared = {} as WorkflowSharedContext<State>;
  const check = () => {
    expectTypeOf(typed.get("count")).toEqualTypeOf<RestatePromise<number | null>>();
    typed.set("name", "x");
    // @ts-expect-error a count is a number
    typed.set("count", "x");
    // @ts-expect-error there is no such state
    typed.clear("missing");
    expectTypeOf(untyped.get<string>("any")).toEqualTypeOf<RestatePromise<string | null>>();
    untyped.set("any", { value: 1 });
    expectTypeOf(shared.get("name")).toEqualTypeOf<RestatePromise<string | null>>();
    // @ts-expect-error shared handlers only read
    shared.set("name", "x");
    expectTypeOf(shared.promise<string>("p")).toEqualTypeOf<DurablePromise<string>>();
    const promise: Promise<string> = shared.promise<string>("p");
    return promise;
  };
  expect(check).toBeTypeOf("function");
});

test("what a workflow must be", () => {
  const check = () => {
    // @ts-expect-error a workflow has a handler run
    workflow({ name: "w", handlers: { other: async (_ctx: WorkflowSharedContext) => {} } });
    const run = async (_ctx: WorkflowContext): Promise<void> => {};
    // @ts-expect-error a reserved name
    workflow({ name: "w", handlers: { run, workflowSubmit: run } });
  };
  expect(check).toBeTypeOf("function");
});
