import { expect, test } from "vitest";
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
