import { describe, expect, test } from "vitest";
import {
  CancelledError,
  type Context,
  PauseError,
  RestateError,
  RetryableError,
  TerminalError,
  TimeoutError,
} from "../index.ts";
import { sleepDone } from "../testing/messages.ts";
import { Script } from "../testing/script.ts";

const throwing = (error: unknown) => async () => {
  throw error;
};

test("codes, delays and odd things that are thrown", async () => {
  const play = async (error: unknown) => (await Script.play(throwing(error))).error;
  expect(await play(new RestateError("x", { errorCode: 503 }))).toMatchObject({ code: 503 });
  expect(await play(new RetryableError("x", { retryAfter: 1500 }))).toMatchObject({
    code: 500,
    nextRetryDelayMs: 1500,
  });
  expect(await play({ a: 1 })).toMatchObject({ message: 'Non-Error value: {"a":1}' });
  expect(await play(undefined)).toMatchObject({ message: "Non-Error value: undefined" });
  expect(await play({ code: 404, message: "gone" })).toMatchObject({ code: 404, message: "gone" });
});

test("a pause error outside of a run does not pause, and says so", async () => {
  const script = await Script.play(throwing(new PauseError("x")));
  expect(script.error).toMatchObject({ code: 500, behavior: 0 });
  expect(script.logs.at(-1)).toContain("does not pause");
});

test("errors of the domain may be terminal; the service's mapping is used", async () => {
  const asTerminalError = () => new TerminalError("mapped", { errorCode: 422 });
  const script = await Script.play(throwing(new Error("x")), { options: { asTerminalError } });
  expect(script.result).toEqual({ code: 422, message: "mapped" });
});

test("a synchronous throw is like any other", async () => {
  const script = await Script.play(() => {
    throw new TerminalError("no");
  });
  expect(script.result).toEqual({ code: 500, message: "no" });
});

test("the metadata of an earlier command does not leak into a later failure", async () => {
  const script = await Script.play(async (ctx: Context) => {
    await ctx.sleep(1, "nap");
    throw new Error("oops");
  });
  await script.receive(sleepDone(1));
  expect(script.error).toMatchObject({ message: "oops" });
  expect(script.error).not.toHaveProperty("relatedCommandIndex");
});

test("error classes", () => {
  expect(new TimeoutError()).toMatchObject({ code: 408, name: "TimeoutError" });
  expect(new CancelledError()).toMatchObject({ code: 409, message: "Cancelled" });
  expect(new CancelledError()).toBeInstanceOf(TerminalError);
  expect(new RestateError("x")).toMatchObject({ code: 500 });
  const cause = new Error("inner");
  expect(RetryableError.from(cause, { retryAfter: 5 })).toMatchObject({
    message: "inner",
    cause,
    retryAfter: 5,
  });
  expect(PauseError.from("text")).toBeInstanceOf(PauseError);
  expect(PauseError.from(new RestateError("x", { errorCode: 503 }))).toMatchObject({ code: 503 });
});

describe("commands of the turn in which user code throws", () => {
  const send = (ctx: Context, method: string) =>
    ctx.genericSend({ service: "s", method, parameter: new Uint8Array() });

  test("are not sent: a branch may have issued them behind the failure", async () => {
    let fails = true;
    const branches = async (ctx: Context) => {
      const first = async () => {
        send(ctx, "first");
        if (fails) throw new Error("flaky");
        send(ctx, "second");
      };
      const other = async () => void send(ctx, "other");
      await Promise.all([first(), other()]);
    };
    const failed = await Script.play(branches);
    expect(failed.takeKinds()).toEqual(["error"]);
    // What had been sent would be the journal of the next attempt, which issues "second" in between.
    fails = false;
    const next = await Script.play(branches, { start: { retryCountSinceLastStoredEntry: 1 } });
    expect(next.takeKinds()).toEqual(["oneWayCall", "oneWayCall", "oneWayCall", "output", "end"]);
  });

  test("are sent when the failure is terminal: they are part of the invocation", async () => {
    const script = await Script.play(async (ctx: Context) => {
      send(ctx, "first");
      throw new TerminalError("over");
    });
    expect(script.takeKinds()).toEqual(["oneWayCall", "output", "end"]);
  });

  test("what was sent before, and results of runs, stay", async () => {
    const script = await Script.play(async (ctx: Context) => {
      send(ctx, "sent");
      const slow = ctx.run("slow", () => "done");
      await Promise.all([
        slow,
        ctx.sleep(1).then(() => {
          send(ctx, "unsent");
          throw new Error("flaky");
        }),
      ]);
    });
    await script.receive(sleepDone(3));
    const kinds = script.takeKinds().filter((kind) => kind !== "awaitingOn");
    expect(kinds).toEqual(["oneWayCall", "run", "sleep", "proposeRunCompletion", "error"]);
  });
});
