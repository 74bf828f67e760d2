import { describe, expect, test } from "vitest";
import {
  type Context,
  isRestatePromise,
  RestatePromise,
  serde,
  TerminalError,
  TimeoutError,
} from "../index.ts";
import { callFailure, callResult, runAck, runResult, sleepDone } from "../testing/messages.ts";
import { rest, Script } from "../testing/script.ts";

const call = (ctx: Context, handler = "h") =>
  ctx.genericCall<undefined, unknown>({
    service: "s",
    method: handler,
    parameter: undefined,
    inputSerde: serde.json,
    outputSerde: serde.json,
  });
/** Result completion ids of the first, second, … call. */
const [A, B, C] = [2, 4, 6];
const VERSIONS = [5, 6, 7] as const;

describe.for(VERSIONS)("version %d", (version) => {
  const play = (handler: (ctx: Context) => Promise<unknown>) => Script.play(handler, { version });

  test("all gives values in order, or the first failure", async () => {
    const good = await play(async (ctx) => await RestatePromise.all([call(ctx), call(ctx)]));
    await good.receive(callResult(B, "b"));
    await good.receive(callResult(A, "a"));
    expect(good.result).toEqual(["a", "b"]);
    const bad = await play(async (ctx) => await RestatePromise.all([call(ctx), call(ctx)]));
    await bad.receive(callFailure(B, "no", 400));
    expect(bad.result).toEqual({ code: 400, message: "no" });
  });

  test("race takes the first in journal order, also when several have come", async () => {
    const script = await play(
      async (ctx) => await RestatePromise.race([call(ctx), call(ctx), call(ctx)]),
    );
    await script.receive(callResult(C, "c"), callResult(A, "a"), callResult(B, "b"));
    expect(script.result).toBe("c");
  });

  test("race takes the first in journal order of those that came before it", async () => {
    const script = await play(async (ctx) => {
      const calls = [call(ctx), call(ctx), call(ctx)] as const;
      await calls[2];
      return await RestatePromise.race(calls);
    });
    await script.receive(callResult(B, "b"), callResult(A, "a"), callResult(C, "c"));
    expect(script.result).toBe("b");
  });

  test("any takes the first success; when all fail, an AggregateError", async () => {
    const script = await play(async (ctx) => await RestatePromise.any([call(ctx), call(ctx)]));
    await script.receive(callFailure(A, "no"));
    await script.receive(callResult(B, "b"));
    expect(script.result).toBe("b");
    const failing = await play(async (ctx) => {
      try {
        return await RestatePromise.any([call(ctx), call(ctx)]);
      } catch (error) {
        const { errors } = error as AggregateError;
        return [error instanceof AggregateError, errors.map((reason) => reason.message)];
      }
    });
    await failing.receive(callFailure(B, "2"), callFailure(A, "1"));
    expect(failing.result).toEqual([true, ["1", "2"]]);
  });

  test("allSettled", async () => {
    const script = await play(async (ctx) => {
      const results = await RestatePromise.allSettled([call(ctx), call(ctx)]);
      return results.map((result) =>
        result.status === "fulfilled" ? result.value : String(result.reason),
      );
    });
    await script.receive(callResult(A, 1), callFailure(B, "no"));
    expect(script.result).toEqual([1, "TerminalError: no"]);
  });

  test("combinators nest, and share children", async () => {
    const script = await play(async (ctx) => {
      const [p1, p2, p3] = [call(ctx), call(ctx), call(ctx)];
      return await RestatePromise.allSettled([
        RestatePromise.race([p1, p2]),
        RestatePromise.race([p1, p3]),
      ]);
    });
    await script.receive(callResult(A, "p1"));
    expect(script.result).toEqual([
      { status: "fulfilled", value: "p1" },
      { status: "fulfilled", value: "p1" },
    ]);
  });

  test("orTimeout: whatever comes first", async () => {
    const handler = async (ctx: Context) => {
      try {
        return await call(ctx).orTimeout({ seconds: 1 });
      } catch (error) {
        const { code, message } = error as TerminalError;
        return [error instanceof TimeoutError, code, message];
      }
    };
    const inTime = await play(handler);
    await inTime.receive(callResult(A, "a"), sleepDone(3));
    expect(inTime.result).toBe("a");
    const late = await play(handler);
    await late.receive(sleepDone(3), callResult(A, "a"));
    expect(late.result).toEqual([true, 408, "Timeout occurred"]);
  });

  test("a timeout is a failure to the combinator above it", async () => {
    const script = await play(
      async (ctx) => await RestatePromise.any([call(ctx).orTimeout(5), call(ctx)]),
    );
    await script.receive(sleepDone(3));
    expect(script.ends).toBe(0);
    await script.receive(callResult(5, "b"));
    expect(script.result).toBe("b");
  });

  test("in completion order: each as it comes, the journal's order", async () => {
    const script = await play(async (ctx) => {
      const calls = [call(ctx), call(ctx), call(ctx)];
      const seen: unknown[] = [];
      for await (const { index, promise } of RestatePromise.inCompletionOrder(calls)) {
        seen.push([index, await promise.then(String, String)]);
      }
      return seen;
    });
    await script.receive(callResult(C, "c"), callFailure(A, "a"));
    await script.receive(callResult(B, "b"));
    expect(script.result).toEqual([
      [2, "c"],
      [0, "TerminalError: a"],
      [1, "b"],
    ]);
  });

  test("concurrent branches go on independently", async () => {
    const script = await play(async (ctx) => {
      const branch = async (name: string) => {
        const first = await call(ctx, name);
        return `${first}+${await call(ctx, `${name}2`)}`;
      };
      return await Promise.all([branch("a"), branch("b")]);
    });
    await script.receive(callResult(B, "b"));
    await script.receive(callResult(6, "b2"));
    await script.receive(callResult(A, "a"));
    await script.receive(callResult(8, "a2"));
    expect(script.result).toEqual(["a+a2", "b+b2"]);
    const calls = script.sent.filter((message) => message.kind === "call");
    expect(calls.map((message) => message.handler)).toEqual(["a", "b", "b2", "a2"]);
  });
});

describe("map", () => {
  test("is lazy, and runs once however often it is awaited", async () => {
    let runs = 0;
    const script = await Script.play(async (ctx: Context) => {
      const mapped = call(ctx).map((value) => {
        runs++;
        return `${value}!`;
      });
      await call(ctx);
      expect(runs).toBe(0);
      const values = [await mapped, await mapped, await RestatePromise.all([mapped, mapped])];
      return values.flat();
    });
    await script.receive(callResult(A, "a"));
    expect(runs).toBe(0);
    await script.receive(callResult(B, "b"));
    expect(script.result).toEqual(["a!", "a!", "a!", "a!"]);
    expect(runs).toBe(1);
  });

  test("sees failures, may turn them into values, and values into failures", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const saved = call(ctx).map((_value, failure) => failure?.message);
      const lost = call(ctx).map(() => {
        throw new TerminalError("mapped", { errorCode: 422 });
      });
      return [await saved, await lost.catch((error) => error.code)];
    });
    await script.receive(callFailure(A, "no"), callResult(B, 1));
    expect(script.result).toEqual(["no", 422]);
  });

  test("decides inside of a combinator", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const fails = call(ctx).map(() => {
        throw new TerminalError("mapped");
      });
      return await RestatePromise.any([fails, call(ctx)]);
    });
    await script.receive(callResult(A, "a"));
    expect(script.ends).toBe(0);
    await script.receive(callResult(B, "b"));
    expect(script.result).toBe("b");
  });

  test("anything else that it throws ends the attempt", async () => {
    const script = await Script.play(async (ctx: Context) => {
      await call(ctx).map(() => {
        throw new Error("bug");
      });
    });
    await script.receive(callResult(A, "a"));
    expect(script.error).toMatchObject({ code: 500, message: "bug" });
  });

  test("no other mapper runs after one has ended the attempt", async () => {
    let runs = 0;
    const script = await Script.play(async (ctx: Context) => {
      const mapper = () => {
        runs++;
        throw new Error("bug");
      };
      await RestatePromise.allSettled([call(ctx).map(mapper), call(ctx).map(mapper)]);
    });
    await script.receive(callResult(A, "a"), callResult(B, "b"));
    expect(script.error).toMatchObject({ message: "bug" });
    expect(runs).toBe(1);
  });

  test("may be asynchronous, alone and inside of a combinator", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const later = call(ctx).map(async (value) => {
        await new Promise((resolve) => setImmediate(resolve));
        return `${value} later`;
      });
      const durable = call(ctx).map(async (value) => {
        await ctx.sleep(1);
        return `${value} slept`;
      });
      return await RestatePromise.all([later, durable]);
    });
    await script.receive(callResult(A, "a"), callResult(B, "b"));
    await rest();
    await script.receive(sleepDone(5));
    expect(script.result).toEqual(["a later", "b slept"]);
  });

  test("draws from the invocation's random numbers when it is awaited", async () => {
    const handler = async (ctx: Context) => {
      const mapped = ctx.run("r", () => 1).map(() => ctx.rand.uuidv4());
      await ctx.sleep(1, ctx.rand.uuidv4());
      return await mapped;
    };
    const live = await Script.play(handler);
    await live.receive(runAck(1), sleepDone(2));
    const [, sleep] = live.sent.filter((message) => message.kind !== "awaitingOn");
    const known = [
      { kind: "run", name: "r", resultCompletionId: 1 } as const,
      runResult(1, 1),
      { kind: "sleep", name: sleepName(sleep), wakeUpTime: 0, resultCompletionId: 2 } as const,
      sleepDone(2),
    ];
    const replayed = await Script.play(handler, { known });
    expect(replayed.result).toBe(live.result);
  });
});

function sleepName(message: unknown): string {
  return (message as { name: string }).name;
}

describe("constants", () => {
  test("resolve, reject and combinations of them need no server", async () => {
    const inner = RestatePromise.resolve(1);
    expect(RestatePromise.resolve(inner)).toBe(inner);
    expect(await RestatePromise.all([inner, RestatePromise.resolve("x")])).toEqual([1, "x"]);
    expect(await RestatePromise.all([])).toEqual([]);
    expect(await RestatePromise.allSettled([])).toEqual([]);
    await expect(RestatePromise.reject(new TerminalError("no"))).rejects.toThrow("no");
    await expect(RestatePromise.any([])).rejects.toBeInstanceOf(AggregateError);
    expect(await RestatePromise.resolve(Promise.resolve(3))).toBe(3);
    expect(await RestatePromise.race([RestatePromise.resolve(Promise.resolve(4))])).toBe(4);
    expect(await inner.map((value) => (value ?? 0) + 1)).toBe(2);
    expect(await inner.orTimeout(1)).toBe(1);
    expect(isRestatePromise(inner)).toBe(true);
    expect(isRestatePromise(Promise.resolve())).toBe(false);
    expect(await inner.finally(() => {})).toBe(1);
  });

  test("race of nothing never settles, but times out at once", async () => {
    const never = RestatePromise.race([]);
    const settled = await Promise.race([never.then(() => 1), rest().then(() => "pending")]);
    expect(settled).toBe("pending");
    await expect(never.orTimeout(1000)).rejects.toBeInstanceOf(TimeoutError);
    expect(never.map(() => 1)).toBe(never);
    expect(await never.orTimeout(5).map((_value, failure) => failure?.code)).toBe(408);
  });

  test("race of nothing beside a promise of the context suspends on that one", async () => {
    const script = await Script.play(
      async (ctx: Context) => await RestatePromise.race([RestatePromise.race([]), ctx.sleep(1)]),
    );
    await script.closeInput();
    expect(script.sent.at(-1)).toMatchObject({
      kind: "suspension",
      awaitingOn: { signals: [1], nested: [{ completions: [1], nested: [] }] },
    });
  });

  test("they mix with promises of the context", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const constant = RestatePromise.resolve("c");
      const raced = await RestatePromise.race([ctx.sleep(1), constant]);
      return [raced, ...(await RestatePromise.all([call(ctx), constant]))];
    });
    await script.receive(callResult(3, "a"));
    expect(script.result).toEqual(["c", "a", "c"]);
  });

  test("a native promise inside settles the combination when it settles", async () => {
    const script = await Script.play(async (ctx: Context) => {
      const native = new Promise((resolve) => setTimeout(() => resolve("native"), 5));
      return await RestatePromise.race([ctx.sleep(1), RestatePromise.resolve(native)]);
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(script.result).toBe("native");
  });
});

test("plain promises and promises of another context are refused, by index", async () => {
  const script = await Script.play(async (ctx: Context) => {
    const plain = Promise.resolve(1) as RestatePromise<number>;
    expect(() => RestatePromise.all([ctx.sleep(1), plain])).toThrow("Promise index 1");
    return 1;
  });
  expect(script.result).toBe(1);
  let foreign: RestatePromise<void> | undefined;
  await Script.play(async (ctx: Context) => {
    foreign = ctx.sleep(1);
    await foreign;
  });
  await Script.play(async (ctx: Context) => {
    expect(() => RestatePromise.all([ctx.sleep(1), foreign as RestatePromise<void>])).toThrow(
      "another context",
    );
  });
});

test("native combinators over promises of the context are deterministic", async () => {
  const script = await Script.play(async (ctx: Context) => {
    const named = (name: string) => call(ctx, name).then((value) => `${name}:${value}`);
    return await Promise.race([named("x"), named("y")]);
  });
  await script.receive(callResult(B, "b"), callResult(A, "a"));
  expect(script.result).toBe("y:b");
});

test("20,000 results of one all take one turn and few messages", async () => {
  let turns = 0;
  const handler = async (ctx: Context) => {
    const calls = Array.from({ length: 20_000 }, () => call(ctx));
    return (await RestatePromise.all(calls)).length;
  };
  const afterMicrotasks = (task: () => void) => {
    turns++;
    setImmediate(task);
  };
  const script = await Script.play(handler, { ports: { afterMicrotasks } });
  script.take();
  turns = 0;
  const results = Array.from({ length: 20_000 }, (_, index) => callResult(2 + index * 2, index));
  await script.receive(...results.slice(0, 10_000));
  await script.receive(...results.slice(10_000));
  expect(script.result).toBe(20_000);
  expect(turns).toBeLessThan(4);
});

test("an iteration may be left early", async () => {
  const script = await Script.play(async (ctx: Context) => {
    const calls = [call(ctx), call(ctx)];
    for await (const item of RestatePromise.inCompletionOrder(calls)) return item.index;
    return "none";
  });
  await script.receive(callResult(B, 1));
  expect(script.result).toBe(1);
});
