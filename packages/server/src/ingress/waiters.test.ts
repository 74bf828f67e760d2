import type { Action, Answer, Target } from "@rejoin/engine";
import type { InvocationKey, Outcome } from "@rejoin/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { type AnswerWaiter, type Told, Waiters } from "./waiters.ts";

const one: InvocationKey = "invocation one";
const two: InvocationKey = "invocation two";
const target: Target = { service: "s", handler: "h", key: "", handlerKind: "service" };
const outcome: Outcome = { kind: "value", value: new Uint8Array([1]) };
const result = (key: InvocationKey): Told => ({ kind: "result", key, target, outcome });
const notFound: Answer = { kind: "notFound" };

let waiters: Waiters;
beforeEach(() => {
  waiters = new Waiters();
});

/** A waiter that remembers everything that it was told. */
function wait(partition = 0): { readonly waiter: AnswerWaiter; readonly told: Told[] } {
  const told: Told[] = [];
  return { waiter: waiters.create(partition, (what) => told.push(what)), told };
}

const accepted = (waiter: AnswerWaiter): Action => ({
  kind: "accepted",
  waiter,
  key: one,
  scheduledFor: 0,
  duplicate: false,
});
const awaitResult = (waiter: AnswerWaiter, key = one): Action => ({
  kind: "awaitResult",
  waiter,
  key,
});
const completed = (key = one): Action => ({ kind: "completed", key, target, outcome });

/** Who would ask a new epoch for which result. */
function reattached(partition = 0) {
  return waiters.reattach(partition).map((record) => {
    if (record.kind !== "attach") throw new Error(record.kind);
    expect(record.mode).toBe("attach");
    return { key: record.key, waiter: record.waiter };
  });
}

describe("being told", () => {
  it("that a request was accepted", () => {
    const { waiter, told } = wait();
    expect(waiters.count).toBe(1);
    waiters.act([accepted(waiter)]);
    expect(told).toMatchObject([{ kind: "accepted", accepted: { key: one, duplicate: false } }]);
    expect(waiters.count).toBe(0);
  });

  it("the answer to a question", () => {
    const { waiter, told } = wait();
    waiters.act([{ kind: "answer", waiter, key: one, answer: notFound }]);
    expect(told).toEqual([{ kind: "answer", key: one, answer: notFound }]);
    expect(waiters.count).toBe(0);
  });

  it("the result, each who waits for it and nobody else", () => {
    const [first, second, other] = [wait(), wait(), wait()];
    waiters.act([awaitResult(first.waiter), awaitResult(other.waiter, two)]);
    waiters.act([awaitResult(second.waiter), completed()]);
    expect(first.told).toEqual([result(one)]);
    expect(second.told).toEqual([result(one)]);
    expect(other.told).toEqual([]);
    expect(waiters.count).toBe(1);
    waiters.act([completed(two)]);
    expect(other.told).toEqual([result(two)]);
    expect(waiters.count).toBe(0);
  });

  it("only once", () => {
    const { waiter, told } = wait();
    waiters.act([awaitResult(waiter), completed(), completed(), accepted(waiter)]);
    waiters.lost(0, true);
    waiters.close("the end");
    expect(told).toEqual([result(one)]);
  });

  it("nothing of completions that nobody waits for, nor of other actions", () => {
    const { told } = wait();
    waiters.act([completed(two), { kind: "ackCommand", key: one, start: 1, commandIndex: 1 }]);
    expect(told).toEqual([]);
    expect(waiters.count).toBe(1);
  });

  it("nothing as a waiter of someone else", () => {
    waiters.act([awaitResult({} as AnswerWaiter), completed(), accepted({} as AnswerWaiter)]);
    expect(reattached()).toEqual([]);
  });

  it("the result of what a handler of the result asks for next", () => {
    const next = wait();
    const { waiter } = { waiter: waiters.create(0, () => waiters.act([awaitResult(next.waiter)])) };
    waiters.act([awaitResult(waiter), completed()]);
    expect(next.told).toEqual([]);
    waiters.act([completed()]);
    expect(next.told).toEqual([result(one)]);
  });
});

describe("cancelling", () => {
  it("before anything is known leaves nothing behind", () => {
    const { waiter, told } = wait();
    waiters.cancel(waiter);
    expect(waiters.count).toBe(0);
    // What was on its way comes too late.
    waiters.act([awaitResult(waiter), completed()]);
    expect(told).toEqual([]);
    expect(reattached()).toEqual([]);
  });

  it("while waiting for a result concerns the one who goes", () => {
    const [leaves, stays] = [wait(), wait()];
    waiters.act([awaitResult(leaves.waiter), awaitResult(stays.waiter)]);
    waiters.cancel(leaves.waiter);
    expect(waiters.count).toBe(1);
    expect(reattached()).toEqual([{ key: one, waiter: stays.waiter }]);
    waiters.act([completed()]);
    expect(leaves.told).toEqual([]);
    expect(stays.told).toEqual([result(one)]);
    waiters.cancel(stays.waiter);
    expect(waiters.count).toBe(0);
  });

  it("the last one of an invocation forgets the invocation", () => {
    const { waiter } = wait();
    waiters.act([awaitResult(waiter)]);
    waiters.cancel(waiter);
    waiters.cancel(waiter);
    expect(reattached()).toEqual([]);
    expect(waiters.count).toBe(0);
  });
});

describe("a partition that is lost", () => {
  it("tells those whose request may or may not be durable, of that partition", () => {
    const [unknown, elsewhere] = [wait(0), wait(1)];
    waiters.lost(0, false);
    expect(unknown.told).toEqual([
      { kind: "unavailable", reason: expect.stringContaining("before the request was known") },
    ]);
    expect(elsewhere.told).toEqual([]);
    expect(waiters.count).toBe(1);
  });

  it("lets those who wait for results ask again, of that partition", () => {
    const [first, second, other, elsewhere] = [wait(0), wait(0), wait(0), wait(1)];
    waiters.act([awaitResult(first.waiter), awaitResult(second.waiter)]);
    waiters.act([awaitResult(other.waiter, two), awaitResult(elsewhere.waiter)]);
    waiters.lost(0, false);
    expect(waiters.count).toBe(4);
    expect(reattached(0)).toEqual([
      { key: one, waiter: first.waiter },
      { key: one, waiter: second.waiter },
      { key: two, waiter: other.waiter },
    ]);
    expect(reattached(1)).toEqual([{ key: one, waiter: elsewhere.waiter }]);

    // The new epoch: one has completed meanwhile, the other goes on.
    waiters.act([
      { kind: "answer", waiter: first.waiter, key: one, answer: notFound },
      awaitResult(second.waiter),
      awaitResult(other.waiter, two),
    ]);
    expect(first.told).toEqual([{ kind: "answer", key: one, answer: notFound }]);
    expect(reattached(0)).toEqual([
      { key: one, waiter: second.waiter },
      { key: two, waiter: other.waiter },
    ]);
    waiters.act([completed(), completed(two)]);
    expect(second.told).toEqual([result(one)]);
    expect(other.told).toEqual([result(two)]);
    expect(waiters.count).toBe(0);
  });

  it("over and over tells each waiter of a result once", () => {
    const { waiter, told } = wait();
    waiters.act([awaitResult(waiter)]);
    for (let epoch = 0; epoch < 3; epoch++) {
      waiters.lost(0, false);
      waiters.act([awaitResult(waiter)]);
    }
    expect(reattached()).toHaveLength(1);
    waiters.act([completed()]);
    expect(told).toEqual([result(one)]);
  });

  it("for good tells everybody", () => {
    const [unknown, awaiting, elsewhere] = [wait(0), wait(0), wait(1)];
    waiters.act([awaitResult(awaiting.waiter), awaitResult(elsewhere.waiter)]);
    waiters.lost(0, true);
    const unavailable = { kind: "unavailable", reason: expect.stringContaining("for good") };
    expect([...unknown.told, ...awaiting.told]).toEqual([unavailable, unavailable]);
    expect(elsewhere.told).toEqual([]);
    expect(reattached(0)).toEqual([]);
    expect(waiters.count).toBe(1);
  });
});

it("closing tells everybody why", () => {
  const [unknown, awaiting] = [wait(0), wait(1)];
  waiters.act([awaitResult(awaiting.waiter)]);
  waiters.close("the end");
  for (const { told } of [unknown, awaiting]) {
    expect(told).toEqual([{ kind: "unavailable", reason: "the end" }]);
  }
  expect(waiters.count).toBe(0);
  expect([...reattached(0), ...reattached(1)]).toEqual([]);
  waiters.act([completed()]);
  expect(awaiting.told).toHaveLength(1);
});

it("keeps nothing of ten thousand that came and went", () => {
  for (let i = 0; i < 10_000; i++) {
    const { waiter } = wait();
    const key = `invocation ${i}`;
    if (i % 3 > 0) waiters.act([awaitResult(waiter, key)]);
    if (i % 3 === 2) waiters.act([completed(key)]);
    else waiters.cancel(waiter);
  }
  expect(waiters.count).toBe(0);
  expect(reattached()).toEqual([]);
});
