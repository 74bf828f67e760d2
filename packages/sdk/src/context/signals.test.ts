import { describe, expect, test } from "vitest";
import {
  type Context,
  type InvocationId,
  InvocationIdParser,
  type internal,
  RestatePromise,
  serde,
  TerminalError,
} from "../index.ts";
import {
  CANCEL,
  callId,
  completion,
  failure,
  signal,
  sleepDone,
  VOID,
  value,
} from "../testing/messages.ts";
import { Script } from "../testing/script.ts";

const ID = "inv_13jFkeeDCdPu6VqIAeohS5vD2lkfAGNNSD" as InvocationId;

describe.for([5, 7] as const)("awakeables, version %d", (version) => {
  test("have ids that every attempt repeats, and are completed by signals", async () => {
    const ids: string[] = [];
    const handler = async (ctx: Context) => {
      const [a, b] = [ctx.awakeable<string>(), ctx.awakeable<string>()];
      ids.push(a.id, b.id);
      return [await b.promise, await a.promise];
    };
    const live = await Script.play(handler, { version });
    await live.receive(signal(18, value("b")));
    await live.closeInput();
    expect(live.sent.at(-1)).toMatchObject({
      kind: "suspension",
      awaitingOn: { completions: [], signals: [1, 17] },
    });
    const known = [signal(18, value("b")), signal(17, value("a"))];
    const replayed = await Script.play(handler, { version, known });
    expect(replayed.result).toEqual(["b", "a"]);
    expect(ids.slice(0, 2)).toEqual(ids.slice(2));
    expect(ids[0]).toMatch(/^sign_1[-_A-Za-z0-9]{38}$/);
    expect(new Set(ids).size).toBe(2);
  });

  test("are rejected with the code of the failure; no value is undefined", async () => {
    const script = await Script.play(
      async (ctx: Context) => {
        const [a, b] = [ctx.awakeable(), ctx.awakeable()];
        const rejected = await a.promise.catch((error) => [error.code, error.message]);
        return [rejected, (await b.promise) === undefined];
      },
      { version },
    );
    await script.receive(signal(17, failure("no", 418)), signal(18, VOID));
    expect(script.result).toEqual([[418, "no"], true]);
  });
});

test("awakeables and signals that arrive before anybody waits are kept", async () => {
  const script = await Script.play(async (ctx: Context) => {
    await ctx.sleep(1);
    return [await ctx.awakeable().promise, await ctx.signal("s"), await ctx.signal("s")];
  });
  await script.receive(signal("s", value(1)), signal(17, value("early")), signal("s", value(2)));
  await script.receive(sleepDone(1));
  expect(script.result).toEqual(["early", 1, 2]);
});

test("what an awakeable is completed with", async () => {
  const script = await Script.play(async (ctx: Context) => {
    ctx.resolveAwakeable("sign_1a", { a: 1 });
    ctx.resolveAwakeable("sign_1b");
    ctx.resolveAwakeable("sign_1c", undefined, serde.json);
    ctx.resolveAwakeable("sign_1d", new Uint8Array([65]), serde.binary);
    ctx.rejectAwakeable("sign_1e", "why");
    ctx.rejectAwakeable(
      "sign_1f",
      new TerminalError("x", { errorCode: 404, metadata: { k: "v" } }),
    );
  });
  const completed = (awakeableId: string, result: unknown) => ({
    kind: "completeAwakeable",
    name: "",
    awakeableId,
    result,
  });
  const metadata = [{ key: "k", value: "v" }];
  expect(script.take().slice(0, 6)).toEqual([
    completed("sign_1a", { kind: "value", value: { a: 1 } }),
    completed("sign_1b", { kind: "value", value: null }),
    completed("sign_1c", { kind: "value", value: "" }),
    completed("sign_1d", { kind: "value", value: "A" }),
    completed("sign_1e", { kind: "failure", failure: { code: 500, message: "why" } }),
    completed("sign_1f", { kind: "failure", failure: { code: 404, message: "x", metadata } }),
  ]);
});

test("an awakeable's value that cannot be read concerns no command", async () => {
  const script = await Script.play(
    async (ctx: Context) => await ctx.awakeable(serde.empty).promise,
  );
  await script.receive(signal(17, value("x")));
  expect(script.error).toMatchObject({ message: "Expected empty data" });
  expect(script.error).not.toHaveProperty("relatedCommandIndex");
});

describe.for([5, 7] as const)("named signals, version %d", (version) => {
  test("are taken one by one, in their order, and can be a stream", async () => {
    const handler = async (ctx: Context) => {
      const values: string[] = [];
      for (;;) {
        const { done, value: item } = await ctx.signal<{ done: boolean; value?: string }>("s");
        if (done) return values;
        values.push(item ?? "");
      }
    };
    const items = [{ done: false, value: "a" }, { done: false, value: "b" }, { done: true }];
    const messages = items.map((item) => signal("s", value(item)));
    const script = await Script.play(handler, { version });
    for (const message of messages) await script.receive(message);
    expect(script.result).toEqual(["a", "b"]);
    expect((await Script.play(handler, { version, known: messages })).result).toEqual(["a", "b"]);
  });

  test("are named in what is awaited", async () => {
    const script = await Script.play(
      async (ctx: Context) =>
        await RestatePromise.race([ctx.signal("a"), ctx.signal("b"), ctx.awakeable().promise]),
      { version },
    );
    await script.closeInput();
    const leaves = { completions: [], signals: [17], namedSignals: ["a", "b"], nested: [] };
    expect(script.sent.at(-1)).toMatchObject({
      awaitingOn:
        version >= 7
          ? { combinator: 1, signals: [1], nested: [{ combinator: 1, ...leaves }] }
          : { combinator: 0, ...leaves, signals: [1, 17] },
    });
  });
});

test("a signal is told by name: a mistyped one is refused", async () => {
  const script = await Script.play(async (ctx: Context) => await ctx.signal(""));
  expect(script.error?.message).toContain("the name of a signal must be a text");
});

test("signals, cancellations and attachments of other invocations", async () => {
  const script = await Script.play(async (ctx: Context) => {
    const other = ctx.invocation(ID);
    other.signal<string>("go").resolve("now");
    other.signal("stop").reject("enough");
    other.cancel();
    ctx.cancel(ID);
    return [await other.attach<string>(), await ctx.attach(ID)];
  });
  const sent = (fields: object) => ({
    kind: "sendSignal",
    name: "",
    targetInvocationId: ID,
    ...fields,
  });
  const cancel = sent({ signalIndex: 1, result: { kind: "void" } });
  const enough = { kind: "failure", failure: { code: 500, message: "enough" } };
  const attach = (resultCompletionId: number) => ({
    kind: "attachInvocation",
    name: "",
    target: { kind: "invocation", invocationId: ID },
    resultCompletionId,
  });
  expect(script.take().slice(0, 5)).toEqual([
    sent({ signalName: "go", result: { kind: "value", value: "now" } }),
    sent({ signalName: "stop", result: enough }),
    cancel,
    cancel,
    attach(1),
  ]);
  await script.receive(completion("attachInvocationCompletion", 1, value("a")));
  await script.receive(completion("attachInvocationCompletion", 2, value("b")));
  expect(script.result).toEqual(["a", "b"]);
});

test("ids of invocations begin as such", () => {
  expect(InvocationIdParser.fromString(ID)).toBe(ID);
  expect(() => InvocationIdParser.fromString("dp_1")).toThrow('"dp_1" is no id of an invocation');
});

describe.for([5, 6, 7] as const)("explicit cancellation, version %d", (version) => {
  const play = (handler: (ctx: internal.ContextInternal) => Promise<unknown>, known = []) =>
    Script.play(handler, { version, known, options: { explicitCancellation: true } });
  const call = (ctx: Context) =>
    ctx.genericCall({ service: "s", method: "h", parameter: new Uint8Array() });
  const cancelled = (ctx: internal.ContextInternal) =>
    ctx.cancellation().map((): never => {
      throw new TerminalError("Cancelled");
    });

  test("nothing is thrown, and nothing is awaited that the handler does not await", async () => {
    const script = await play(async (ctx) => await ctx.sleep(1).then(() => "slept"));
    await script.receive(CANCEL);
    await script.closeInput();
    expect(script.sent.at(-1)).toMatchObject({
      kind: "suspension",
      awaitingOn: { completions: [1], signals: [] },
    });
  });

  test("ends a race; the next promise waits for the next cancellation", async () => {
    const script = await play(async (ctx) => {
      const race = () => RestatePromise.race([ctx.sleep(1).map(() => "slept"), cancelled(ctx)]);
      const first = await race().catch((error) => error.message);
      return [first, await race().catch((error) => error.message)];
    });
    await script.receive(CANCEL);
    expect(script.ends).toBe(0);
    await script.receive(CANCEL);
    expect(script.result).toEqual(["Cancelled", "Cancelled"]);
  });

  test("the same promise is given until it was seen to resolve", async () => {
    const script = await play(async (ctx) => {
      const promise = ctx.cancellation();
      const same = promise === ctx.cancellation();
      await ctx.sleep(1);
      const unseen = promise === ctx.cancellation();
      await promise;
      return [same, unseen, promise === ctx.cancellation()];
    });
    await script.receive(CANCEL, sleepDone(1));
    expect(script.result).toEqual([true, true, false]);
  });

  test("calls are cancelled when asked for, each once, and replayed", async () => {
    const handler = async (ctx: internal.ContextInternal) => {
      void call(ctx);
      void call(ctx);
      const first = await ctx.cancelPreviousCalls();
      const none = await ctx.cancelPreviousCalls();
      void call(ctx);
      return [first, none, await ctx.cancelPreviousCalls()];
    };
    const live = await play(handler);
    await live.receive(callId(1, "inv_a"), callId(3, "inv_b"));
    await live.receive(callId(5, "inv_c"));
    const expected = [["inv_a", "inv_b"], [], ["inv_c"]];
    expect(live.result).toEqual(expected);
    const commands = live.sent.filter(({ kind }) => kind === "call" || kind === "sendSignal");
    expect(commands.map(({ kind }) => kind)).toEqual([
      "call",
      "call",
      "sendSignal",
      "sendSignal",
      "call",
      "sendSignal",
    ]);
    const [a, b, cancelA, cancelB, c, cancelC] = commands;
    const ids = [callId(1, "inv_a"), callId(3, "inv_b")];
    const known = [a, b, ...ids, cancelA, cancelB, c, callId(5, "inv_c"), cancelC];
    expect((await play(handler, known as never)).result).toEqual(expected);
  });

  test("without the option there are no calls to cancel", async () => {
    const handler = async (ctx: internal.ContextInternal) => {
      void call(ctx);
      return await ctx.cancelPreviousCalls();
    };
    expect((await Script.play(handler, { version })).result).toEqual([]);
  });

  test("who awaits what never settles still waits for something", async () => {
    const script = await play(async (ctx) => {
      await ctx.sleep(1);
      await RestatePromise.race([])
        .orTimeout(1)
        .catch(() => {});
      await RestatePromise.all([ctx.run("a", () => 1), RestatePromise.race([])]);
    });
    await script.receive(sleepDone(1));
    await script.closeInput();
    expect(script.sent.at(-1)?.kind).toBe("suspension");
  });
});
