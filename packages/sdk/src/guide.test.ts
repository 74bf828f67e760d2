/** The guide's program, as users write it: it compiles, it runs, and its types are exact. */
import { expect, expectTypeOf, test } from "vitest";
import {
  CombineablePromise,
  type Context,
  handlers,
  type InvocationHandle,
  type InvocationId,
  type InvocationPromise,
  RestatePromise,
  rpc,
  type SendOpts,
  type ServiceDefinition,
  serde,
  service,
} from "./index.ts";
import { callResult, runAck } from "./testing/messages.ts";
import { Script } from "./testing/script.ts";

type Task = { description: string };
type SubTask = { description: string };
type SubTaskResult = { description: string };
type Result = { description: string };

const fanOutWorker = service({
  name: "worker",
  handlers: {
    run: async (ctx: Context, task: Task): Promise<Result> => {
      // Split the task in subtasks
      const subtasks: SubTask[] = await ctx.run("split task", () => split(task));

      // Fan out the subtasks - run them in parallel
      const resultPromises = [];
      for (const subtask of subtasks) {
        const subResultPromise = ctx.serviceClient(fanOutWorker).runSubtask(subtask);
        resultPromises.push(subResultPromise);
      }

      // Fan in - Aggregate the results
      const results = await RestatePromise.all(resultPromises);
      return aggregate(ctx, results);
    },

    // Can also run on FaaS
    runSubtask: async (ctx: Context, subtask: SubTask): Promise<SubTaskResult> => {
      ctx.console.info(`Started executing subtask: ${subtask.description}`);
      await ctx.sleep({ milliseconds: 1 });
      return { description: `${subtask.description}: DONE` };
    },
  },
});

function split(task: Task): SubTask[] {
  return task.description.split(",").map((description) => ({ description }));
}

function aggregate(ctx: Context, results: readonly SubTaskResult[]): Result {
  const description = results.map((result) => result.description).join(",");
  ctx.console.info(`Aggregated result: ${description}`);
  return { description };
}

test("the guide's program runs", async () => {
  const run = (
    fanOutWorker as unknown as { service: { run: (ctx: Context, task: Task) => unknown } }
  ).service.run;
  const script = await Script.play(run, { input: { description: "a,b" } });
  await script.receive(runAck(1));
  const calls = script.sent.filter((message) => message.kind === "call");
  expect(calls.map((call) => `${call.service}/${call.handler}`)).toEqual([
    "worker/runSubtask",
    "worker/runSubtask",
  ]);
  await script.receive(callResult(5, { description: "b: DONE" }));
  await script.receive(callResult(3, { description: "a: DONE" }));
  expect(script.result).toEqual({ description: "a: DONE,b: DONE" });
  expect(script.logs).toEqual(["info Aggregated result: a: DONE,b: DONE"]);
});

const mixed = service({
  name: "mixed",
  handlers: {
    plain: async (_ctx: Context, n: number): Promise<string> => String(n),
    nothing: async (_ctx: Context) => {},
    wrapped: handlers.handler(
      { input: serde.binary },
      async (_ctx: Context, bytes: Uint8Array) => bytes.length,
    ),
    wrappedVoid: handlers.handler({}, async (_ctx: Context) => 1),
  },
});

test("clients have the handlers' types", () => {
  const ctx = {} as Context;
  const check = () => {
    const client = ctx.serviceClient(mixed);
    expectTypeOf(client.plain(1)).toEqualTypeOf<InvocationPromise<string>>();
    expectTypeOf(client.plain(1, rpc.opts({ idempotencyKey: "a" }))).toEqualTypeOf<
      InvocationPromise<string>
    >();
    expectTypeOf(client.nothing()).toEqualTypeOf<InvocationPromise<void>>();
    expectTypeOf(client.wrapped(new Uint8Array())).toEqualTypeOf<InvocationPromise<number>>();
    expectTypeOf(client.wrappedVoid()).toEqualTypeOf<InvocationPromise<number>>();
    expectTypeOf(client.plain(1).invocationId).toEqualTypeOf<Promise<InvocationId>>();
    // @ts-expect-error the input is a number
    void client.plain("1");
    // @ts-expect-error there is no such handler
    client.missing();
    const sends = ctx.serviceSendClient(mixed);
    expectTypeOf(sends.plain(1, rpc.sendOpts({ delay: 5 }))).toEqualTypeOf<InvocationHandle>();
    expectTypeOf(sends.nothing).parameter(0).toEqualTypeOf<SendOpts<unknown> | undefined>();
    void ctx.serviceClient({ name: "mixed" } as typeof mixed).plain(1);
    void ctx.serviceClient<typeof mixed>({ name: "mixed" }).plain(1);
    type Api = { hello: (ctx: Context, name: string) => Promise<boolean> };
    const api: ServiceDefinition<"api", Api> = { name: "api" };
    expectTypeOf(ctx.serviceClient(api).hello("x")).toEqualTypeOf<InvocationPromise<boolean>>();
    expectTypeOf(ctx.serviceClient<Api>({ name: "api" }).hello("x")).toEqualTypeOf<
      InvocationPromise<boolean>
    >();
  };
  expect(check).toBeTypeOf("function");
});

test("combinators keep the types of tuples and lists", () => {
  const ctx = {} as Context;
  const check = () => {
    const a = ctx.run(() => 1);
    const b = ctx.run("b", async () => "b");
    expectTypeOf(a).toEqualTypeOf<RestatePromise<number>>();
    expectTypeOf(b).toEqualTypeOf<RestatePromise<string>>();
    expectTypeOf(RestatePromise.all([a, b])).toEqualTypeOf<RestatePromise<[number, string]>>();
    expectTypeOf(RestatePromise.race([a, b])).toEqualTypeOf<RestatePromise<number | string>>();
    expectTypeOf(RestatePromise.any([a, b])).toEqualTypeOf<RestatePromise<number | string>>();
    expectTypeOf(RestatePromise.allSettled([a, b])).toEqualTypeOf<
      RestatePromise<[PromiseSettledResult<number>, PromiseSettledResult<string>]>
    >();
    expectTypeOf(a.orTimeout({ seconds: 1 })).toEqualTypeOf<RestatePromise<number>>();
    expectTypeOf(a.map((value) => value === 1)).toEqualTypeOf<RestatePromise<boolean>>();
    expectTypeOf(ctx.sleep(1)).toEqualTypeOf<RestatePromise<void>>();
    expectTypeOf(RestatePromise.resolve(a)).toEqualTypeOf<RestatePromise<number>>();
    const list: InvocationPromise<string>[] = [];
    expectTypeOf(RestatePromise.all(list)).toEqualTypeOf<RestatePromise<string[]>>();
    const typed: RestatePromise<number> = a;
    const alias: CombineablePromise<number> = typed;
    return alias;
  };
  expect(check).toBeTypeOf("function");
  expect(CombineablePromise).toBe(RestatePromise);
});
