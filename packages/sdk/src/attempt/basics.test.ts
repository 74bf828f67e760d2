import type { EndpointMessage } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import {
  type Context,
  createInProcessEndpoint,
  RestatePromise,
  rpc,
  serde,
  service,
  TerminalError,
} from "../index.ts";
import {
  callFailure,
  callId,
  callResult,
  completion,
  inputMessage,
  readable,
  runAck,
  runResult,
  sleepDone,
  startMessage,
} from "../testing/messages.ts";
import { NOW, rest, Script } from "../testing/script.ts";

const VERSIONS = [5, 6, 7] as const;
const awaitingOn = (completions: number[], executingSideEffects = false) => ({
  kind: "awaitingOn",
  awaitingOn: { combinator: 1, completions, signals: [1], namedSignals: [], nested: [] },
  executingSideEffects,
});
const output = (value: unknown) => ({ kind: "output", name: "", result: { kind: "value", value } });
const END = { kind: "end" };

const other = service({
  name: "other",
  handlers: {
    greet: async (_ctx: Context, name: string): Promise<string> => name,
    nothing: async (_ctx: Context): Promise<void> => {},
  },
});

describe.for(VERSIONS)("version %d", (version) => {
  const isV7 = version === 7;

  test("a leaf answers in one send, before any macrotask", async () => {
    const script = await Script.play(async (_ctx, x: number) => x + 1, { version, input: 41 });
    expect(script.take()).toEqual([output(42), END]);
    expect(script.sendSizes).toEqual([2]);
    expect(script.ends).toBe(1);
  });

  test("a handler that is no async function answers too", async () => {
    const script = await Script.play((_ctx, x: number) => x + 1, { version, input: 1 });
    expect(script.take()).toEqual([output(2), END]);
  });

  test("sleep", async () => {
    const handler = async (ctx: Context) => {
      await ctx.sleep({ seconds: 1 }, "nap");
      return "done";
    };
    const script = await Script.play(handler, { version });
    const sleep = { kind: "sleep", name: "nap", wakeUpTime: NOW + 1000, resultCompletionId: 1 };
    expect(script.take()).toEqual(isV7 ? [sleep, awaitingOn([1])] : [sleep]);
    await script.receive(sleepDone(1));
    expect(script.take()).toEqual([output("done"), END]);
  });

  test("call", async () => {
    const handler = async (ctx: Context) => {
      const call = ctx.serviceClient(other).greet("ann", rpc.opts({ name: "hi" }));
      const id = await call.invocationId;
      return `${id} ${await call}`;
    };
    const script = await Script.play(handler, { version });
    expect(script.take()[0]).toEqual({
      kind: "call",
      name: "hi",
      service: "other",
      handler: "greet",
      parameter: "ann",
      headers: [],
      key: "",
      invocationIdCompletionId: 1,
      resultCompletionId: 2,
    });
    await script.receive(callId(1, "inv_a"));
    await script.receive(callResult(2, "hello"));
    expect(script.result).toBe("inv_a hello");
  });

  test("a call that fails rejects with what the callee failed with", async () => {
    const handler = async (ctx: Context) => {
      try {
        return await ctx.serviceClient(other).greet("ann");
      } catch (error) {
        const { code, message } = error as TerminalError;
        return [error instanceof TerminalError, code, message];
      }
    };
    const script = await Script.play(handler, { version });
    await script.receive(callFailure(2, "no", 409));
    expect(script.result).toEqual([true, 409, "no"]);
  });

  test("send", async () => {
    const handler = async (ctx: Context) => {
      const client = ctx.serviceSendClient(other);
      client.greet("ann");
      const later = client.greet("bob", rpc.sendOpts({ delay: { seconds: 5 } }));
      return await later.invocationId;
    };
    const script = await Script.play(handler, { version });
    const base = { kind: "oneWayCall", name: "", service: "other", handler: "greet", headers: [] };
    expect(script.take().slice(0, 2)).toEqual([
      { ...base, key: "", parameter: "ann", invokeTime: 0, invocationIdCompletionId: 1 },
      { ...base, key: "", parameter: "bob", invokeTime: NOW + 5000, invocationIdCompletionId: 2 },
    ]);
    await script.receive(callId(1, "inv_a"), callId(2, "inv_b"));
    expect(script.result).toBe("inv_b");
  });

  test("run: the result is visible when the server has it", async () => {
    let executed = 0;
    const handler = async (ctx: Context) => {
      const run = ctx.run("r", () => ++executed);
      expect(executed).toBe(0);
      return await run;
    };
    const script = await Script.play(handler, { version });
    const proposal = {
      kind: "proposeRunCompletion",
      completionId: 1,
      result: { kind: "value", value: 1 },
    };
    expect(script.take()).toEqual([
      { kind: "run", name: "r", resultCompletionId: 1 },
      isV7 ? { ...proposal, requestAck: true } : proposal,
      ...(isV7 ? [awaitingOn([1])] : []),
    ]);
    expect(script.ends).toBe(0);
    await script.receive(isV7 ? runAck(1) : runResult(1, 1));
    expect(script.take()).toEqual([output(1), END]);
    expect(executed).toBe(1);
  });

  test("run: a recorded result is taken without execution", async () => {
    const handler = async (ctx: Context) =>
      await ctx.run("r", () => {
        throw new Error("must not run");
      });
    const known = [{ kind: "run", name: "r", resultCompletionId: 1 } as const, runResult(1, 7)];
    const script = await Script.play(handler, { version, known });
    expect(script.take()).toEqual([output(7), END]);
  });

  test("generic call and send take bytes and options", async () => {
    const handler = async (ctx: Context) => {
      const result = await ctx.genericCall({
        service: "s",
        method: "m",
        parameter: "p",
        key: "k",
        headers: { a: "b" },
        idempotencyKey: "i",
        inputSerde: serde.json,
        outputSerde: serde.json,
      });
      ctx.genericSend({ service: "s", method: "m", parameter: new Uint8Array([52]), delay: -1 });
      return result;
    };
    const script = await Script.play(handler, { version });
    expect(script.take()[0]).toMatchObject({
      parameter: "p",
      key: "k",
      headers: [{ key: "a", value: "b" }],
      idempotencyKey: "i",
    });
    await script.receive(callResult(2, [1]));
    expect(script.take()[0]).toMatchObject({ kind: "oneWayCall", parameter: 4, invokeTime: 0 });
    expect(script.result).toEqual([1]);
  });

  test("a terminal error is the result, its metadata from version 6 on", async () => {
    const handler = async () => {
      throw new TerminalError("no", { errorCode: 418, metadata: { a: "b" } });
    };
    const script = await Script.play(handler, { version });
    const failure = { code: 418, message: "no" };
    const metadata = [{ key: "a", value: "b" }];
    expect(script.take()).toEqual([
      {
        kind: "output",
        name: "",
        result: { kind: "failure", failure: version === 5 ? failure : { ...failure, metadata } },
      },
      END,
    ]);
  });

  test("any other error ends the attempt, without a related command", async () => {
    const handler = async () => {
      throw new Error("oops");
    };
    const script = await Script.play(handler, { version });
    expect(script.take()).toEqual([{ kind: "error", code: 500, message: "oops", behavior: 0 }]);
    expect(script.error?.stacktrace).toContain("basics.test");
    expect(script.ends).toBe(1);
  });

  test("an input that cannot be read is the caller's failure", async () => {
    const readNothing = {
      ...serde.json,
      serialize: serde.json.serialize,
      deserialize: () => {
        throw new Error("bad");
      },
    };
    const script = await Script.play(async () => 1, { version, options: { serde: readNothing } });
    expect(script.result).toEqual({ code: 400, message: "Failed to deserialize input: bad" });
  });

  test("suspension names the tree, before version 7 its leaves", async () => {
    const handler = async (ctx: Context) => {
      const calls = [1, 2].map(() => ctx.serviceClient(other).greet("x"));
      return await RestatePromise.race([RestatePromise.all(calls), ctx.sleep(5)]);
    };
    const script = await Script.play(handler, { version });
    script.take();
    await script.closeInput();
    const none = { signals: [], namedSignals: [], nested: [] };
    const tree = {
      combinator: 1,
      completions: [],
      signals: [1],
      namedSignals: [],
      nested: [
        {
          ...none,
          combinator: 1,
          completions: [5],
          nested: [{ ...none, combinator: 4, completions: [2, 4] }],
        },
      ],
    };
    const flat = { ...none, combinator: 0, completions: [2, 4, 5], signals: [1] };
    if (!isV7) flat.completions.sort();
    expect(script.take()).toEqual([{ kind: "suspension", awaitingOn: isV7 ? tree : flat }]);
    expect(script.ends).toBe(1);
  });

  test("no suspension when what is awaited came just before the input closed", async () => {
    const script = await Script.play(async (ctx: Context) => await ctx.sleep(1), { version });
    void script.receive(sleepDone(1));
    await script.closeInput();
    expect(script.sent.at(-1)).toEqual(END);
  });

  test("a run is executed after the input closed, and then awaited by a suspension", async () => {
    const script = await Script.play(
      async (ctx: Context) => {
        await ctx.sleep(1);
        return await ctx.run("r", () => 1);
      },
      { version },
    );
    script.take();
    void script.receive(sleepDone(1));
    await script.closeInput();
    expect(script.takeKinds()).toEqual(["run", "proposeRunCompletion", "suspension"]);
  });

  test("a replay goes on where the journal ends", async () => {
    const handler = async (ctx: Context) => {
      const first = await ctx.run("a", () => 1);
      await ctx.sleep(10);
      return first + (await ctx.run("b", () => 2));
    };
    const known = [
      { kind: "run", name: "a", resultCompletionId: 1 } as const,
      runResult(1, 10),
      { kind: "sleep", name: "", wakeUpTime: 3, resultCompletionId: 2 } as const,
      sleepDone(2),
    ];
    const script = await Script.play(handler, { version, known });
    expect(script.takeKinds().slice(0, 2)).toEqual(["run", "proposeRunCompletion"]);
    await script.receive(isV7 ? runAck(3) : runResult(3, 2));
    expect(script.result).toBe(12);
  });

  test("a recorded output is compared and the attempt ends", async () => {
    const known = [
      { kind: "output", name: "", result: { kind: "value", value: new Uint8Array([49]) } },
    ];
    const script = await Script.play(async () => 1, { version, known: known as never });
    expect(script.take()).toEqual([END]);
  });
});

test("1,000 messages are sent at once, the rest at the await", async () => {
  const handler = async (ctx: Context) => {
    const calls = Array.from({ length: 2500 }, () => ctx.serviceClient(other).greet("x"));
    await RestatePromise.all(calls);
  };
  const script = await Script.play(handler, { version: 6 });
  expect(script.sendSizes).toEqual([1000, 1000, 500]);
});

test("what the server must not send ends the attempt with 571", async () => {
  const script = await Script.play(async (ctx: Context) => await ctx.sleep(1));
  await script.receive({
    kind: "output",
    name: "",
    result: { kind: "value", value: new Uint8Array() },
  });
  expect(script.error?.code).toBe(571);
  const empty = await Script.play(async () => 1, { start: { knownEntries: 0 } });
  expect(empty.error?.code).toBe(571);
  const early = await Script.play(async () => 1, { start: { knownEntries: 2 } });
  await early.closeInput();
  expect(early.error?.code).toBe(571);
});

test("known entries may come in several pieces", async () => {
  const script = await Script.play(async (ctx: Context) => await ctx.run("a", () => 1), {
    start: { knownEntries: 3 },
  });
  expect(script.sent).toEqual([]);
  await script.receive({ kind: "run", name: "a", resultCompletionId: 1 });
  await script.receive(runResult(1, 5));
  expect(script.result).toBe(5);
});

test("the request tells about invocation and attempt", async () => {
  let signal: AbortSignal | undefined;
  const handler = async (ctx: Context) => {
    const request = ctx.request();
    signal = request.attemptCompletedSignal;
    expect(signal.aborted).toBe(false);
    return [String(request.target), request.id, request.idempotencyKey, request.target.handler];
  };
  const script = await Script.play(handler, { start: { idempotencyKey: "i" } });
  expect(script.result).toEqual(["svc/run", "inv_1", "i", "run"]);
  expect(signal?.aborted).toBe(true);
});

test("the date is recorded", async () => {
  const handler = async (ctx: Context) => [await ctx.date.now(), await ctx.date.toJSON()];
  const script = await Script.play(handler);
  await script.receive(runAck(1));
  await script.receive(runAck(2));
  expect(script.result).toEqual([NOW, new Date(NOW).toJSON()]);
});

test("random numbers are those of the seed, in every attempt", async () => {
  const handler = async (ctx: Context) => [ctx.rand.random(), ctx.rand.uuidv4()];
  const first = await Script.play(handler);
  const second = await Script.play(handler);
  expect(first.result).toEqual(second.result);
});

test("a result that cannot be decoded ends the attempt and names its command", async () => {
  const script = await Script.play(async (ctx: Context) => {
    await ctx.sleep(1);
    return await ctx.serviceClient(other).greet("x", rpc.opts({ name: "n" }));
  });
  await script.receive(sleepDone(1));
  const bad = { kind: "value", value: new Uint8Array([123]) } as const;
  await script.receive(completion("callCompletion", 3, bad));
  expect(script.error).toMatchObject({
    code: 500,
    relatedCommandIndex: 2,
    relatedCommandName: "n",
    relatedCommandType: 0x040d,
  });
});

test("an operation that fails at once ends the attempt and names the next command", async () => {
  const negative = await Script.play(async (ctx: Context) => await ctx.sleep(-1));
  expect(negative.error).toMatchObject({
    message: expect.stringContaining("negative sleep"),
    relatedCommandIndex: 1,
    relatedCommandType: 0x040c,
  });
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const call = await Script.play(async (ctx: Context) => {
    await ctx.serviceClient(other).greet(cyclic as never);
  });
  expect(call.error).toMatchObject({ code: 500, relatedCommandType: 0x040d });
  const emptyKey = await Script.play(async (ctx: Context) => {
    await ctx.serviceClient(other).greet("x", rpc.opts({ idempotencyKey: "" }));
  });
  expect(emptyKey.error?.message).toContain("idempotencyKey");
  const result = await Script.play(async () => cyclic);
  expect(result.error).toMatchObject({ code: 500 });
  expect(result.error?.relatedCommandType).toBeUndefined();
});

test("clients: any name works, too many arguments do not, a client is no promise", async () => {
  const handler = async (ctx: Context) => {
    const stub = { name: "other" } as typeof other;
    const client = await Promise.resolve(ctx.serviceClient(stub));
    void client.greet("x");
    void ctx.serviceClient(stub).nothing();
    void ctx.serviceClient(other).nothing(rpc.opts({ name: "n" }));
    const wrong = ctx.serviceClient(other) as unknown as Record<
      string,
      (...args: unknown[]) => void
    >;
    expect(() => wrong.greet?.(1, 2, 3)).toThrow("unexpected number of arguments");
    expect(() => wrong.greet?.(1, 2)).toThrow(
      "The second argument must be either Opts or SendOpts",
    );
  };
  const script = await Script.play(handler);
  expect(script.take().slice(0, 3)).toMatchObject([
    { service: "other", handler: "greet", parameter: "x" },
    { service: "other", handler: "nothing", parameter: "" },
    { service: "other", handler: "nothing", parameter: "", name: "n" },
  ]);
});

test("an aborted attempt sends nothing more and ends once", async () => {
  let signal: AbortSignal | undefined;
  const script = await Script.play(async (ctx: Context) => {
    signal = ctx.request().attemptCompletedSignal;
    return await ctx.sleep(1);
  });
  script.take();
  await script.abort();
  await script.receive(sleepDone(1));
  await script.abort();
  expect(script.take()).toEqual([]);
  expect(script.ends).toBe(1);
  expect(signal?.aborted).toBe(true);
});

test("a context that is used after the end says so, and nothing else happens", async () => {
  let late: Promise<unknown> | undefined;
  const script = await Script.play(async (ctx: Context) => {
    setTimeout(() => {
      late = Promise.race([
        Promise.all([ctx.sleep(1), ctx.run("x", () => 1), ctx.serviceClient(other).greet("x")]),
        new Promise((resolve) => setTimeout(() => resolve("never settled"), 20)),
      ]);
    }, 5);
    return 1;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await late).toBe("never settled");
  expect(script.takeKinds()).toEqual(["output", "end"]);
  expect(script.logs).toHaveLength(3);
  expect(script.logs[0]).toMatch(/error ctx.sleep was called on the context of svc\/run after/);
});

test("a server may answer from within send", async () => {
  const definition = service({
    name: "svc",
    handlers: {
      run: async (ctx: Context): Promise<unknown> => {
        const calls = [1, 2, 3].map((n) => ctx.serviceClient(other).greet(`${n}`));
        const run = ctx.run("r", () => "run");
        return [await run, ...(await RestatePromise.all(calls)), await ctx.run("s", () => "s")];
      },
    },
  });
  const endpoint = createInProcessEndpoint({ services: [definition] });
  const sent: EndpointMessage[] = [];
  let ends = 0;
  const attempt = endpoint.open(
    { service: "svc", handler: "run", version: 7, headers: new Map() },
    {
      send: (messages) => {
        sent.push(...messages);
        for (const message of messages) {
          if (message.kind === "call") {
            attempt.receive([callResult(message.resultCompletionId, "called")]);
          } else if (message.kind === "proposeRunCompletion") {
            attempt.receive([runAck(message.completionId)]);
          }
        }
      },
      end: () => {
        ends++;
      },
    },
  );
  attempt.receive([startMessage(), inputMessage()]);
  await rest();
  expect(ends).toBe(1);
  const output = sent.find((message) => message.kind === "output");
  expect(output && readable(output)).toMatchObject({
    result: { value: ["run", "called", "called", "called", "s"] },
  });
});

test("a sink that throws ends the attempt, and is told so in the log", async () => {
  const logs: unknown[] = [];
  const endpoint = createInProcessEndpoint({
    services: [service({ name: "svc", handlers: { run: async (_ctx: Context) => 1 } })],
    logger: (_metadata, message) => void logs.push(message),
  });
  let ends = 0;
  const attempt = endpoint.open(
    { service: "svc", handler: "run", version: 7, headers: new Map() },
    {
      send: () => {
        throw new Error("broken");
      },
      end: () => {
        ends++;
      },
    },
  );
  attempt.receive([startMessage(), inputMessage()]);
  await rest();
  expect(ends).toBe(1);
  expect(logs).toContainEqual(expect.stringContaining("Error when sending"));
});

test("a long loop lets the event loop turn", async () => {
  let immediates = 0;
  let running = true;
  const count = () => {
    immediates++;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  const script = await Script.play(async (ctx: Context) => {
    const sleeps = Array.from({ length: 2000 }, () => ctx.sleep(1));
    for await (const _item of RestatePromise.inCompletionOrder(sleeps));
    return "done";
  });
  immediates = 0;
  await script.receive(...Array.from({ length: 2000 }, (_, index) => sleepDone(index + 1)));
  while (script.ends === 0) await rest();
  running = false;
  expect(immediates).toBeGreaterThan(5);
  expect(script.result).toBe("done");
});
