import { describe, expect, test } from "vitest";
import { RestatePromise, TerminalError, type WorkflowContext } from "../index.ts";
import { completion, failure, promiseDone, VOID, value } from "../testing/messages.ts";
import { Script } from "../testing/script.ts";

const play = (handler: (ctx: WorkflowContext) => unknown) =>
  Script.play(handler, { kind: "workflow", start: { key: "w" } });
const get = (resultCompletionId: number) => ({
  kind: "getPromise",
  name: "",
  key: "p",
  resultCompletionId,
});

describe("a workflow's promise", () => {
  test("is asked for when it is awaited, once for all awaits of it", async () => {
    const script = await play(async (ctx) => {
      const promise = ctx.promise<string>("p");
      await ctx.sleep(0);
      return [await promise, await promise, await ctx.promise("p").get()];
    });
    expect(script.takeKinds()).toEqual(["sleep", "awaitingOn"]);
    await script.receive(completion("sleepCompletion", 1, VOID));
    expect(script.take()[0]).toEqual(get(2));
    await script.receive(promiseDone(2, "done"));
    expect(script.take()[0]).toEqual(get(3));
    await script.receive(promiseDone(3, "done"));
    expect(script.result).toEqual(["done", "done", "done"]);
  });

  test("is rejected with the failure that it was completed with", async () => {
    const script = await play(async (ctx) => await ctx.promise("p"));
    await script.receive(completion("getPromiseCompletion", 1, failure("no", 418)));
    expect(script.result).toEqual({ code: 418, message: "no" });
  });

  test("is combined, timed and mapped like any promise of the context", async () => {
    const script = await play(async (ctx) => {
      const promises = [ctx.promise<string>("a"), ctx.promise<string>("b").map((it) => `${it}!`)];
      return await RestatePromise.all(promises).orTimeout(1000);
    });
    await script.receive(promiseDone(1, "b"), promiseDone(2, "a"));
    expect(script.result).toEqual(["a", "b!"]);
  });

  test("is peeked: undefined while there is no value", async () => {
    const script = await play(async (ctx) => {
      const first = await ctx.promise("p").peek();
      return [first === undefined, await ctx.promise("p").peek()];
    });
    expect(script.take()[0]).toEqual({ ...get(1), kind: "peekPromise" });
    await script.receive(completion("peekPromiseCompletion", 1, VOID));
    await script.receive(completion("peekPromiseCompletion", 2, value("v")));
    expect(script.result).toEqual([true, "v"]);
  });

  test("is completed once: the second time fails terminally", async () => {
    const script = await play(async (ctx) => {
      await ctx.promise<string>("p").resolve("v");
      return await ctx
        .promise("p")
        .reject("why")
        .catch((error: TerminalError) => {
          return [error instanceof TerminalError, error.code, error.message];
        });
    });
    const complete = (resultCompletionId: number, outcome: unknown) => ({
      ...get(resultCompletionId),
      kind: "completePromise",
      completion: outcome,
    });
    expect(script.take()[0]).toEqual(complete(1, { kind: "value", value: "v" }));
    await script.receive(completion("completePromiseCompletion", 1, VOID));
    const why = { kind: "failure", failure: { code: 500, message: "why" } };
    expect(script.take()[0]).toEqual(complete(2, why));
    await script.receive(completion("completePromiseCompletion", 2, failure("completed", 409)));
    expect(script.result).toEqual([true, 409, "completed"]);
  });

  test("a value that cannot be serialised ends the attempt", async () => {
    const script = await play(async (ctx) => await ctx.promise("p").resolve(1n));
    expect(script.error).toMatchObject({ code: 500, relatedCommandType: 0x040b });
  });
});
