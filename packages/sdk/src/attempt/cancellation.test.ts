import { describe, expect, test } from "vitest";
import { CancelledError, type Context, RestatePromise, serde } from "../index.ts";
import { CANCEL, callId, callResult, runAck, runResult, sleepDone } from "../testing/messages.ts";
import { rest, Script } from "../testing/script.ts";

const call = (ctx: Context, handler = "h") =>
  ctx.genericCall<undefined, unknown>({
    service: "s",
    method: handler,
    parameter: undefined,
    inputSerde: serde.json,
    outputSerde: serde.json,
  });
const cancelOf = (id: string) => ({
  kind: "sendSignal",
  name: "",
  targetInvocationId: id,
  signalIndex: 1,
  result: { kind: "void" },
});
const CANCELLED = { kind: "failure", failure: { code: 409, message: "Cancelled" } };

describe.for([5, 6, 7] as const)("version %d", (version) => {
  const play = (handler: (ctx: Context) => Promise<unknown>) => Script.play(handler, { version });

  test("rejects the current await and ends the invocation as cancelled", async () => {
    const script = await play(async (ctx) => await ctx.sleep(1));
    script.take();
    await script.receive(CANCEL);
    expect(script.take()).toEqual([
      { kind: "output", name: "", result: CANCELLED },
      { kind: "end" },
    ]);
  });

  test("is passed on to pending calls, not to finished ones and not to sends", async () => {
    const script = await play(async (ctx) => {
      const calls = [call(ctx), call(ctx), call(ctx)];
      ctx.genericSend({ service: "s", method: "sent", parameter: new Uint8Array() });
      await RestatePromise.all(calls);
    });
    await script.receive(callId(1, "inv_a"), callId(3, "inv_b"), callId(5, "inv_c"));
    await script.receive(callId(7, "inv_sent"), callResult(4, "b"));
    script.take();
    await script.receive(CANCEL);
    expect(script.take().slice(0, 3)).toEqual([
      cancelOf("inv_a"),
      cancelOf("inv_c"),
      { kind: "output", name: "", result: CANCELLED },
    ]);
  });

  test("waits until the ids of all pending calls are known", async () => {
    const script = await play(async (ctx) => await RestatePromise.all([call(ctx), call(ctx)]));
    await script.receive(callId(1, "inv_a"));
    script.take();
    await script.receive(CANCEL);
    expect(script.ends).toBe(0);
    script.take();
    await script.receive(callId(3, "inv_b"));
    expect(script.take().slice(0, 2)).toEqual([cancelOf("inv_a"), cancelOf("inv_b")]);
    expect(script.ends).toBe(1);
  });

  test("rejects the next await when nothing is awaited", async () => {
    const script = await play(async (ctx) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      const sleep = ctx.sleep(1);
      return await sleep.catch((error) => `${error instanceof CancelledError}`);
    });
    await script.receive(CANCEL);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(script.result).toBe("true");
  });

  test("cleanup can await new things; the rejected promise stays rejected", async () => {
    const script = await play(async (ctx) => {
      const sleep = ctx.sleep(1, "long");
      try {
        await sleep;
      } catch {
        const cleaned = await ctx.run("cleanup", () => "cleaned");
        return [cleaned, await sleep.catch((error) => error.message)];
      }
      return "not cancelled";
    });
    await script.receive(CANCEL);
    await script.receive(version === 7 ? runAck(2) : runResult(2, "cleaned"));
    expect(script.result).toEqual(["cleaned", "Cancelled"]);
  });

  test("a second cancellation rejects the cleanup's await, and both are replayed", async () => {
    const handler = async (ctx: Context) => {
      const seen: string[] = [];
      for (const name of ["first", "second"]) {
        await ctx.sleep(1, name).catch((error) => seen.push(`${name} ${error.message}`));
      }
      return seen;
    };
    const live = await play(handler);
    await live.receive(CANCEL);
    await live.receive(CANCEL);
    expect(live.result).toEqual(["first Cancelled", "second Cancelled"]);
    const sleep = (name: string, resultCompletionId: number) =>
      ({ kind: "sleep", name, wakeUpTime: 0, resultCompletionId }) as const;
    const known = [sleep("first", 1), CANCEL, sleep("second", 2), CANCEL];
    const replayed = await Script.play(handler, { version, known });
    expect(replayed.result).toEqual(live.result);
  });

  test("rejects every await of concurrent branches", async () => {
    const script = await play(async (ctx) => {
      const branch = (name: string) => ctx.sleep(1, name).catch((error) => `${name} ${error.code}`);
      return await Promise.all([branch("a"), branch("b")]);
    });
    await script.receive(CANCEL);
    expect(script.result).toEqual(["a 409", "b 409"]);
  });

  test("what has come before it in the journal wins", async () => {
    const script = await play(async (ctx) => await ctx.sleep(1).then(() => "slept"));
    await script.receive(sleepDone(1), CANCEL);
    expect(script.result).toBe("slept");
  });

  test("rejects an item of a stream that is waited for; no item is lost", async () => {
    const script = await play(async (ctx) => {
      const stream = RestatePromise.inCompletionOrder([ctx.sleep(1), ctx.sleep(2)]);
      const first = await stream.next().catch((error) => error.message);
      return [first, (await stream.next()).value?.index, (await stream.next()).value?.index];
    });
    await script.receive(CANCEL);
    await script.receive(sleepDone(2));
    await script.receive(sleepDone(1));
    expect(script.result).toEqual(["Cancelled", 1, 0]);
  });

  test("a running closure is left to itself, its result is recorded", async () => {
    let release = (_value: string) => {};
    const script = await play(async (ctx) => {
      const run = ctx.run("slow", () => new Promise<string>((resolve) => (release = resolve)));
      return await run.catch((error) => error.code);
    });
    script.take();
    await script.receive(CANCEL);
    expect(script.result).toBe(409);
    release("late");
    await rest();
    expect(script.take().at(-1)).toEqual({ kind: "end" });
  });

  test("a suspension during the cleanup waits for another cancellation, too", async () => {
    const script = await play(async (ctx) => {
      await ctx.sleep(1).catch(() => {});
      await ctx.sleep(2);
    });
    await script.receive(CANCEL);
    await script.closeInput();
    expect(script.sent.at(-1)).toMatchObject({
      kind: "suspension",
      awaitingOn: { completions: [2], signals: [1] },
    });
  });
});
