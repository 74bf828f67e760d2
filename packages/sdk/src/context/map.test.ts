import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { type Context, type HooksProvider, RestatePromise, TerminalError } from "../index.ts";
import {
  CANCEL,
  callFailure,
  callId,
  callResult,
  runAck,
  runResult,
  signal,
  sleepDone,
  value,
} from "../testing/messages.ts";
import { rest, Script } from "../testing/script.ts";

const call = (ctx: Context, method: string) =>
  ctx.genericCall<string, string>({
    service: "other",
    method,
    parameter: method,
    inputSerde: JSON_TEXT,
    outputSerde: JSON_TEXT,
  });
const JSON_TEXT = {
  serialize: (text: string) => new TextEncoder().encode(JSON.stringify(text)),
  deserialize: (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as string,
};
/** The completion id of the nth call's result, if nothing but calls are made. */
const nth = (index: number) => 2 + 2 * index;

function calledHandlers(script: Script): string[] {
  return script.sent.flatMap((message) => (message.kind === "call" ? [message.handler] : []));
}

describe("ctx.map", () => {
  test("has so many in flight, and gives values in the order of the items", async () => {
    const script = await Script.play(
      async (ctx: Context) =>
        await ctx.map(["a", "b", "c", "d"], (name) => call(ctx, name), { concurrency: 2 }),
    );
    expect(calledHandlers(script)).toEqual(["a", "b"]);
    await script.receive(callResult(nth(1), "B"));
    expect(calledHandlers(script)).toEqual(["a", "b", "c"]);
    await script.receive(callResult(nth(2), "C"), callResult(nth(0), "A"));
    expect(calledHandlers(script)).toEqual(["a", "b", "c", "d"]);
    await script.receive(callResult(nth(3), "D"));
    expect(script.result).toEqual(["A", "B", "C", "D"]);
  });

  test("without a bound it starts everything at once, and waits for all of it", async () => {
    const script = await Script.play(
      async (ctx: Context) => await ctx.map(["a", "b"], (name) => call(ctx, name)),
    );
    expect(script.sent.at(-1)).toMatchObject({
      kind: "awaitingOn",
      awaitingOn: { nested: [{ combinator: 4, completions: [2, 4] }] },
    });
    await script.receive(callResult(2, "A"), callResult(4, "B"));
    expect(script.result).toEqual(["A", "B"]);
  });

  test("while items wait for a place, any result lets it go on", async () => {
    const script = await Script.play(
      async (ctx: Context) =>
        await ctx.map(["a", "b", "c"], (name) => call(ctx, name), { concurrency: 2 }),
    );
    await script.closeInput();
    expect(script.sent.at(-1)).toMatchObject({
      kind: "suspension",
      awaitingOn: { nested: [{ combinator: 1, completions: [2, 4] }] },
    });
  });

  test("takes asynchronous functions of several steps, and plain values", async () => {
    const script = await Script.play(
      async (ctx: Context) =>
        await ctx.map(
          [1, 2, 3],
          (item, index) => {
            if (item === 2) return "plain";
            return (async () => {
              await ctx.sleep(1);
              return [item, index, await call(ctx, `after${item}`)];
            })();
          },
          { concurrency: 2 },
        ),
    );
    // Ids 1 and 2 are sleeps, as the plain value has given its place to the third item.
    await script.receive(sleepDone(2));
    await script.receive(callResult(4, "x"));
    await script.receive(sleepDone(1));
    await script.receive(callResult(6, "y"));
    expect(script.result).toEqual([[1, 0, "y"], "plain", [3, 2, "x"]]);
  });

  test("of nothing it gives nothing, at once", async () => {
    const script = await Script.play(async (ctx: Context) => [
      await ctx.map([], () => 1),
      await ctx.map(new Set<number>(), () => 1, { onError: "settle", concurrency: 1 }),
      await ctx.map((function* () {})(), () => 1),
    ]);
    expect(script.result).toEqual([[], [], []]);
  });

  test("asks an iterable for an item when there is a place for it", async () => {
    const asked: number[] = [];
    const script = await Script.play(async (ctx: Context) => {
      function* items() {
        for (let item = 0; item < 5; item++) {
          asked.push(item);
          yield item;
        }
      }
      return await ctx.map(items(), (item) => call(ctx, `${item}`), { concurrency: 2 });
    });
    expect(asked).toEqual([0, 1]);
    await script.receive(callResult(nth(0), "0"));
    expect(asked).toEqual([0, 1, 2]);
  });

  test("a replay issues the same, wherever the attempt has ended", async () => {
    const handler = async (ctx: Context) =>
      await ctx.map([0, 1, 2], (item) => ctx.run(`r${item}`, () => item * 10), { concurrency: 2 });
    const run = (id: number) =>
      ({ kind: "run", name: `r${id - 1}`, resultCompletionId: id }) as const;
    const known = [run(1), run(2), runResult(2, 10), run(3), runResult(1, 0)];
    for (let length = 0; length <= known.length; length++) {
      const script = await Script.play(handler, { known: known.slice(0, length) });
      expect(script.error).toBeUndefined();
      const missing = length < 3 ? [1, 2] : length < 5 ? [1, 3] : [3];
      const sent = script.sent.filter((message) => message.kind === "proposeRunCompletion");
      expect(sent.map((message) => message.completionId)).toEqual(missing);
    }
  });

  test("combines, maps and times out like any promise of the context", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const mapped = ctx.map(["a", "b"], (name) => call(ctx, name), { concurrency: 1 });
      const late = mapped.orTimeout(1000).map((_values, failure) => failure?.message);
      return await RestatePromise.all([late, ctx.sleep(1, "other")]);
    });
    // The timer is the third completion, the other sleep the fourth.
    await script.receive(callResult(2, "A"), sleepDone(4), sleepDone(3));
    expect(calledHandlers(script)).toEqual(["a", "b"]);
    expect(script.result).toEqual(["Timeout occurred", null]);
  });

  test("goes on while something else is awaited, and not while nothing is", async () => {
    let release = () => {};
    const script = await Script.play(async (ctx: Context) => {
      const mapped = ctx.map(["a", "b", "c"], (name) => call(ctx, name), { concurrency: 1 });
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      await ctx.sleep(1);
      return await mapped;
    });
    await script.receive(callResult(2, "A"));
    expect(calledHandlers(script)).toEqual(["a"]);
    release();
    await rest();
    expect(
      script.sent.map((message) => message.kind).filter((kind) => kind !== "awaitingOn"),
    ).toEqual(["call", "sleep", "call"]);
    await script.receive(callResult(5, "B"));
    expect(calledHandlers(script)).toEqual(["a", "b", "c"]);
    await script.receive(sleepDone(3), callResult(7, "C"));
    expect(script.result).toEqual(["A", "B", "C"]);
  });

  test("a failed map that nobody awaits yet is no unhandled rejection", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const mapped = ctx.map(["a"], (name) => call(ctx, name));
      await ctx.sleep(1);
      return await mapped.catch((error) => error.message);
    });
    await script.receive(callFailure(2, "no"));
    await script.receive(sleepDone(3));
    expect(script.result).toBe("no");
  });

  test("runs its function in the asynchronous context of the handler", async () => {
    const storage = new AsyncLocalStorage<string>();
    const hooks: HooksProvider = () => ({
      interceptor: { handler: (next) => storage.run("handler", next) },
    });
    const seen: unknown[] = [];
    const script = await Script.play(
      async (ctx: Context) =>
        await ctx.map(
          [0, 1, 2],
          (item) => {
            seen.push(storage.getStore());
            return ctx.run(`${item}`, () => item);
          },
          { concurrency: 1 },
        ),
      { options: { hooks: [hooks] } },
    );
    await storage.run("transport", () => script.receive(runAck(1)));
    await storage.run("transport", () => script.receive(runAck(2)));
    expect(seen).toEqual(["handler", "handler", "handler"]);
  });

  test("an item costs the same however many there are", { timeout: 60_000 }, async () => {
    const turnsFor = async (count: number): Promise<number> => {
      let turns = 0;
      let inFlightMax = 0;
      let inFlight = 0;
      const afterMicrotasks = (task: () => void) => {
        turns++;
        setImmediate(task);
      };
      const handler = async (ctx: Context) => {
        function* items() {
          for (let item = 0; item < count; item++) yield item;
        }
        const mapped = ctx.map(
          items(),
          () => {
            inFlightMax = Math.max(inFlightMax, ++inFlight);
            return ctx.genericCall({ service: "o", method: "m", parameter: new Uint8Array() });
          },
          { concurrency: 100 },
        );
        return (await mapped).length;
      };
      const script = await Script.play(handler, { ports: { afterMicrotasks } });
      for (let index = 0; index < count; index += 50) {
        inFlight -= 50;
        const results = Array.from({ length: 50 }, (_, offset) =>
          callResult(nth(index + offset), 1),
        );
        await script.receive(...results);
        const started = Math.min(count, index + 150);
        while (calledHandlers(script).length < started && script.error === undefined) await rest();
      }
      for (let turn = 0; turn < 100 && script.result === undefined; turn++) await rest();
      expect(script.result).toBe(count);
      expect(inFlightMax).toBeLessThanOrEqual(100);
      const leaves = script.sent.reduce(
        (sum, message) =>
          message.kind === "awaitingOn" ? sum + JSON.stringify(message.awaitingOn).length : sum,
        0,
      );
      return (turns + leaves) / count;
    };
    const [few, many] = [await turnsFor(200), await turnsFor(4000)];
    expect(many).toBeLessThan(few * 1.5);
  });
});

describe("a failing item", () => {
  const NAMES = ["a", "b", "c", "d"];

  test("fails the map at once; nothing more is started", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const signals: AbortSignal[] = [];
      const mapped = ctx.map(
        NAMES,
        (name, _index, { signal: over }) => {
          signals.push(over);
          return call(ctx, name);
        },
        { concurrency: 2 },
      );
      const error = await mapped.catch((reason) => reason);
      return [error.message, error.code, signals.map((over) => over.aborted)];
    });
    await script.receive(callFailure(nth(1), "no b", 418));
    expect(script.result).toEqual(["no b", 418, [true, true]]);
    expect(calledHandlers(script)).toEqual(["a", "b"]);
  });

  test("that settles is an outcome like others", async () => {
    const script = await Script.play(
      async (ctx: Context) =>
        await ctx.map(NAMES.slice(0, 2), (name) => call(ctx, name), { onError: "settle" }),
    );
    await script.receive(callFailure(nth(0), "no a"), callResult(nth(1), "B"));
    expect(script.result).toMatchObject([
      { status: "rejected", reason: { code: 500 } },
      { status: "fulfilled", value: "B" },
    ]);
  });

  test("cancels the calls of the others, and fails when they have ended", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const mapped = ctx.map(
        NAMES,
        (name) => (name === "b" ? call(ctx, name).orTimeout(1000) : call(ctx, name)),
        { concurrency: 3, onError: "cancel" },
      );
      return await mapped.catch((error) => error.message);
    });
    // a: 1, 2; b: 3, 4 and its timer 5; c: 6, 7.
    await script.receive(callId(1, "inv_a"), callFailure(7, "no c"));
    expect(script.takeKinds()).not.toContain("sendSignal");
    await script.receive(callId(3, "inv_b"));
    const cancelled = script.take() as { kind: string; targetInvocationId?: string }[];
    expect(cancelled.flatMap((message) => message.targetInvocationId ?? [])).toEqual([
      "inv_a",
      "inv_b",
    ]);
    await script.receive(callFailure(2, "Cancelled", 409));
    expect(script.result).toBeUndefined();
    await script.receive(callFailure(4, "Cancelled", 409));
    expect(script.result).toBe("no c");
    expect(calledHandlers(script)).toEqual(["a", "b", "c"]);
  });

  test("tells asynchronous functions to end, and waits for them", async () => {
    const ended: string[] = [];
    const script = await Script.play(async (ctx: Context) => {
      const mapped = ctx.map(
        NAMES,
        async (name, _index, { signal: over }) => {
          await ctx.sleep(1);
          if (over.aborted) ended.push(name);
          over.throwIfAborted();
          await ctx.sleep(2);
          throw new TerminalError(`no ${name}`);
        },
        { concurrency: 2, onError: "cancel" },
      );
      return await mapped.catch((error) => error.message);
    });
    await script.receive(sleepDone(1));
    await script.receive(sleepDone(3));
    expect(script.result).toBeUndefined();
    await script.receive(sleepDone(2));
    expect(script.result).toBe("no a");
    expect(ended).toEqual(["b"]);
  });

  test("that is not terminal ends the attempt", async () => {
    const thrower = (later: boolean) =>
      Script.play(
        async (ctx: Context) =>
          await ctx.map([1], () => {
            if (later) return Promise.reject(new Error("a bug"));
            throw new Error("a bug");
          }),
      );
    for (const later of [false, true]) {
      const script = await thrower(later);
      expect(script.error).toMatchObject({ code: 500, message: "a bug" });
    }
  });

  test("is what the handler's asTerminalError makes of it", async () => {
    const script = await Script.play(
      async (ctx: Context) =>
        await ctx.map(
          [1, 2],
          async (item) => {
            throw new RangeError(`${item}`);
          },
          { onError: "settle" },
        ),
      {
        options: {
          asTerminalError: (error) =>
            error instanceof RangeError
              ? new TerminalError("range", { errorCode: 422 })
              : undefined,
        },
      },
    );
    expect(script.result).toMatchObject([
      { status: "rejected", reason: { code: 422 } },
      { status: "rejected", reason: { code: 422 } },
    ]);
  });

  test("an iterable that fails fails the map, and one that is left is closed", async () => {
    let closed = false;
    function* items() {
      try {
        yield "a";
        yield "b";
      } finally {
        closed = true;
      }
    }
    function* failing(): Generator<string> {
      yield "a";
      throw new TerminalError("no more items");
    }
    const script = await Script.play(async (ctx: Context) => {
      const first = await ctx
        .map(failing(), (name) => call(ctx, name), { onError: "settle" })
        .catch((error) => error.message);
      const mapped = ctx.map(items(), (name) => call(ctx, name), { concurrency: 1 });
      return [first, await mapped.catch((error) => error.message), closed];
    });
    await script.receive(callFailure(4, "no a"));
    expect(script.result).toEqual(["no more items", "no a", true]);
  });
});

test("nothing is started any more when the attempt has ended", async () => {
  const started: number[] = [];
  let release = () => {};
  const script = await Script.play(async (ctx: Context) => {
    const waiting = ctx.map(
      [1, 2],
      async (item) => {
        started.push(item);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      },
      { concurrency: 1 },
    );
    await ctx.sleep(1);
    return waiting;
  });
  await script.abort();
  release();
  await rest();
  expect(started).toEqual([1]);
  expect(script.logs).toEqual([]);
});

test("an iterable that fails for ever fails once", async () => {
  const items = {
    [Symbol.iterator]: () => ({
      next: (): IteratorResult<number> => {
        throw new TerminalError("no items");
      },
    }),
  };
  const script = await Script.play(
    async (ctx: Context) => await ctx.map(items, (item) => ctx.sleep(item), { onError: "settle" }),
  );
  expect(script.result).toMatchObject({ message: "no items" });
});

describe("a cancelled invocation", () => {
  test.for([
    ["directly", (map: RestatePromise<unknown[]>, _other: RestatePromise<unknown>) => map],
    [
      "in a combination",
      (map: RestatePromise<unknown[]>, other: RestatePromise<unknown>) =>
        RestatePromise.all([map, other]),
    ],
    ["not at all", (_map: RestatePromise<unknown[]>, other: RestatePromise<unknown>) => other],
  ] as const)("starts nothing more of a map that is awaited %s", async ([, awaited]) => {
    for (const onError of ["fail", "cancel", "settle"] as const) {
      const script = await Script.play(async (ctx: Context) => {
        const mapped = ctx.map([1, 2, 3], (item) => ctx.sleep(item), { concurrency: 1, onError });
        const error = await awaited(mapped, ctx.awakeable().promise).catch(
          (reason: unknown) => reason,
        );
        await ctx.sleep(100, "clean-up");
        return [(error as TerminalError).code, await mapped.catch((reason) => reason.message)];
      });
      await script.receive(CANCEL);
      await script.receive(sleepDone(1), sleepDone(2));
      expect(script.sent.filter((message) => message.kind === "sleep")).toHaveLength(2);
      expect(script.result).toEqual([409, "Cancelled"]);
    }
  });
});

describe("ctx.mapUnordered", () => {
  test("gives outcomes as the journal completes them", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const seen: unknown[] = [];
      for await (const { index, item, value: result } of ctx.mapUnordered(
        ["a", "b", "c"],
        (name) => call(ctx, name),
        { concurrency: 2 },
      )) {
        seen.push([index, item, result]);
      }
      return seen;
    });
    await script.receive(callResult(nth(1), "B"), callResult(nth(2), "C"), callResult(nth(0), "A"));
    expect(script.result).toEqual([
      [1, "b", "B"],
      [2, "c", "C"],
      [0, "a", "A"],
    ]);
  });

  test("starts no more than are taken", async () => {
    const script = await Script.play(async (ctx: Context) => {
      for await (const { index } of ctx.mapUnordered([0, 1, 2, 3, 4], (item) => ctx.sleep(item), {
        concurrency: 2,
      })) {
        await ctx.signal(`go${index}`);
      }
      return "done";
    });
    const started = () => script.sent.filter((message) => message.kind === "sleep").length;
    expect(started()).toBe(2);
    await script.receive(sleepDone(1));
    // The first was taken: a third may start. Then nothing is taken.
    expect(started()).toBe(3);
    await script.receive(sleepDone(2), sleepDone(3));
    expect(started()).toBe(3);
    await script.receive(signal("go0", value(1)));
    expect(started()).toBe(4);
  });

  test("fails where the journal has the failure, after what came before it", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const seen: unknown[] = [];
      try {
        for await (const item of ctx.mapUnordered(["a", "b", "c"], (name) => call(ctx, name))) {
          seen.push(item.value);
          await ctx.sleep(1);
        }
      } catch (error) {
        return [seen, (error as TerminalError).message];
      }
      return "no failure";
    });
    await script.receive(callResult(2, "A"));
    await script.receive(callResult(4, "B"), callFailure(6, "no c"));
    await script.receive(sleepDone(7));
    await script.receive(sleepDone(8));
    expect(script.result).toEqual([["A", "B"], "no c"]);
  });

  test("settles failures, and may be left and read by several at once", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const settled: unknown[] = [];
      for await (const outcome of ctx.mapUnordered(["a", "b"], (name) => call(ctx, name), {
        onError: "settle",
      })) {
        settled.push([outcome.index, outcome.status]);
      }
      const iterator: AsyncIterator<{ value: unknown }> = ctx.mapUnordered(
        [5, 6],
        (item) => item * 2,
      );
      const both = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
      for await (const { value: first } of ctx.mapUnordered([7, 8], (item) => ctx.sleep(item))) {
        return [settled, both.map((result) => result.value?.value ?? "none"), first ?? "left"];
      }
      return "none";
    });
    await script.receive(callFailure(4, "no b"), callResult(2, "A"), sleepDone(5));
    expect(script.result).toEqual([
      [
        [1, "rejected"],
        [0, "fulfilled"],
      ],
      [10, 12, "none"],
      "left",
    ]);
  });

  test("is cancelled with the invocation", async () => {
    const script = await Script.play(async (ctx: Context) => {
      try {
        for await (const _item of ctx.mapUnordered([1, 2, 3], (item) => ctx.sleep(item), {
          concurrency: 1,
          onError: "settle",
        }));
      } catch (error) {
        await ctx.sleep(5);
        return (error as TerminalError).code;
      }
      return "not cancelled";
    });
    await script.receive(CANCEL);
    await script.receive(sleepDone(1), sleepDone(2));
    expect(script.result).toBe(409);
    expect(script.sent.filter((message) => message.kind === "sleep")).toHaveLength(2);
  });
});

const one = () => 1;

test.for([
  ["a bound of 0", [[], one, { concurrency: 0 }], "from 1 on"],
  ["a bound of 1.5", [[], one, { concurrency: 1.5 }], "from 1 on"],
  ["a bound that is a text", [[], one, { concurrency: "2" }], "from 1 on"],
  ["another onError", [[], one, { onError: "ignore" }], "fail, cancel, settle"],
  ["no function", [[]], "must be a function"],
  ["no items", [undefined, one], "cannot be iterated over"],
  ["an async iterable", [(async function* () {})(), one], "collect them in a ctx.run"],
] as const)("%s is refused with what to do", async ([, args, text]) => {
  const script = await Script.play(async (ctx: Context) => {
    const given = args as unknown as Parameters<Context["map"]>;
    expect(() => ctx.map(...given)).toThrow(text);
    expect(() => ctx.mapUnordered(...given)).toThrow(text);
    return "refused";
  });
  expect(script.result).toBe("refused");
});

test("a function of another context's promises is told so", async () => {
  let foreign: RestatePromise<void> | undefined;
  await Script.play(async (ctx: Context) => {
    foreign = ctx.sleep(1);
    await foreign;
  });
  const script = await Script.play(async (ctx: Context) => {
    await ctx.map([0], () => foreign as RestatePromise<void>);
  });
  expect(script.error?.message).toContain("a promise of another context for item 0");
});

test("what a map starts by itself is told to a server that holds results back", async () => {
  let settle = (_value: string) => {};
  const script = await Script.play(async (ctx: Context) => {
    const native = new Promise<string>((resolve) => {
      settle = resolve;
    });
    const mapped = ctx.map(
      ["a", "native", "c"],
      (name) => (name === "native" ? RestatePromise.resolve(native) : call(ctx, name)),
      { concurrency: 2 },
    );
    return await mapped;
  });
  expect(script.takeKinds()).toEqual(["call", "awaitingOn"]);
  settle("N");
  await rest();
  expect(script.take()).toMatchObject([
    { kind: "call", handler: "c" },
    { kind: "awaitingOn", awaitingOn: { nested: [{ combinator: 4, completions: [2, 4] }] } },
  ]);
  await script.receive(callResult(2, "A"), callResult(4, "C"));
  expect(script.result).toEqual(["A", "N", "C"]);
});
