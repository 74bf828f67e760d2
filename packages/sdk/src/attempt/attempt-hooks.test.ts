import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import {
  type Context,
  createInProcessEndpoint,
  type Hooks,
  type HooksProvider,
  handlers,
  internal,
  RetryableError,
  service,
  TerminalError,
} from "../index.ts";
import {
  CANCEL,
  inputMessage,
  runAck,
  runResult,
  sleepDone,
  startMessage,
} from "../testing/messages.ts";
import { rest, Script, type ScriptOptions } from "../testing/script.ts";

/** A provider that notes what its interceptors see. */
function recorder(name = "") {
  const events: string[] = [];
  const watch = async (what: string, next: () => Promise<void>) => {
    events.push(`${name}${what} before`);
    try {
      await next();
      events.push(`${name}${what} after`);
    } catch (error) {
      events.push(`${name}${what} error ${(error as Error).message}`);
      throw error;
    }
  };
  const hooks: HooksProvider = () => ({
    interceptor: {
      handler: (next) => watch("handler", next),
      run: (run, next) => watch(`run ${run}`, next),
    },
  });
  return { events, hooks };
}

const play = (
  handler: (ctx: Context) => unknown,
  hooks: readonly HooksProvider[],
  options: ScriptOptions = {},
) => Script.play(handler, { ...options, options: { hooks: [...hooks], ...options.options } });

describe("hooks", () => {
  test("are around the handler and the runs that are executed", async () => {
    const { events, hooks } = recorder();
    const handler = async (ctx: Context) => await ctx.run("one", () => 1);
    const live = await play(handler, [hooks]);
    await live.receive(runAck(1));
    expect(live.result).toBe(1);
    expect(events).toEqual(["handler before", "run one before", "run one after", "handler after"]);
    events.length = 0;
    const known = [{ kind: "run", name: "one", resultCompletionId: 1 } as const, runResult(1, 1)];
    expect((await play(handler, [hooks], { known })).result).toBe(1);
    expect(events).toEqual(["handler before", "handler after"]);
  });

  test("nest: the service's around the handler's, the first outermost", async () => {
    const events: string[] = [];
    const provider =
      (name: string): HooksProvider =>
      () => ({
        interceptor: {
          handler: async (next) => {
            events.push(`${name} before`);
            await next();
            events.push(`${name} after`);
          },
        },
      });
    const definition = service({
      name: "svc",
      handlers: {
        run: handlers.handler(
          { hooks: [provider("h1"), provider("h2")] },
          async (_ctx: Context) => {},
        ),
      },
      options: { hooks: [provider("s1"), provider("s2")] },
    });
    const endpoint = createInProcessEndpoint({
      services: [definition],
      defaultServiceOptions: { hooks: [provider("replaced by the service's")] },
    });
    const request = { service: "svc", handler: "run", version: 7, headers: new Map() } as const;
    endpoint
      .open(request, { send: () => {}, end: () => {} })
      .receive([startMessage(), inputMessage()]);
    await rest();
    const names = ["s1", "s2", "h1", "h2"];
    expect(events).toEqual([
      ...names.map((name) => `${name} before`),
      ...names.toReversed().map((name) => `${name} after`),
    ]);
  });

  test("see a suspension, and a lost connection, as an end without a failure", async () => {
    const seen: unknown[] = [];
    const hooks: HooksProvider = () => ({
      interceptor: {
        handler: (next) =>
          next().catch((error) => {
            seen.push(internal.isSuspendedError(error));
            throw error;
          }),
      },
    });
    const sleeping = async (ctx: Context) => await ctx.sleep(1);
    const suspended = await play(sleeping, [hooks]);
    await suspended.closeInput();
    expect(suspended.sent.at(-1)?.kind).toBe("suspension");
    const lost = await play(sleeping, [hooks]);
    await lost.abort();
    expect(seen).toEqual([true, true]);
    expect(internal.isSuspendedError(new TerminalError("x"))).toBe(false);
  });

  test("see the failure of a run before the attempt's, and a mismatch", async () => {
    const { events, hooks } = recorder();
    const failing = await play(
      async (ctx) =>
        await ctx.run("one", () => {
          throw new Error("oops");
        }),
      [hooks],
    );
    expect(failing.error).toMatchObject({ message: "oops", relatedCommandName: "one" });
    expect(events).toEqual([
      "handler before",
      "run one before",
      "run one error oops",
      "handler error (500) oops",
    ]);
    events.length = 0;
    const known = [{ kind: "run", name: "other", resultCompletionId: 1 } as const];
    const mismatch = await play(async (ctx) => await ctx.sleep(1), [hooks], { known });
    expect(mismatch.error).toMatchObject({ code: 570 });
    expect(events[1]).toContain("handler error Found a mismatch");
  });

  test("see the cancellation of the handler before the end of a closure", async () => {
    const { events, hooks } = recorder();
    const script = await play(
      async (ctx) =>
        await ctx.run(
          "slow",
          () =>
            new Promise((_resolve, reject) => {
              ctx
                .request()
                .attemptCompletedSignal.addEventListener("abort", () => reject(new Error("late")));
            }),
        ),
      [hooks],
    );
    await script.receive(CANCEL);
    expect(script.result).toMatchObject({ code: 409 });
    expect(events).toEqual([
      "handler before",
      "run slow before",
      "handler error Cancelled",
      "run slow error late",
    ]);
  });

  test("see an input that cannot be read as a terminal failure", async () => {
    const { events, hooks } = recorder();
    const bad = () => {
      throw new Error("bad");
    };
    const script = await play(async () => "never", [hooks], {
      options: { serde: { serialize: bad, deserialize: bad } },
    });
    expect(script.result).toMatchObject({ code: 400 });
    expect(events[1]).toBe("handler error Failed to deserialize input: bad");
  });
});

describe("what interceptors throw", () => {
  const throwing = (error: Error, when: "before" | "after", what: keyof Interceptors) => () => ({
    interceptor: {
      [what]: async (...args: unknown[]) => {
        if (when === "before") throw error;
        await (args.at(-1) as () => Promise<void>)();
        throw error;
      },
    },
  });
  type Interceptors = NonNullable<Hooks["interceptor"]>;
  const handler = async (ctx: Context) => await ctx.run("one", () => "done");

  test.for(["before", "after"] as const)("%s next counts as the handler's", async (when) => {
    const play1 = async (error: Error) => {
      const script = await play(handler, [throwing(error, when, "handler")]);
      if (script.ends === 0) await script.receive(runAck(1));
      return script;
    };
    const retryable = await play1(new RetryableError("later", { retryAfter: 10 }));
    expect(retryable.error).toMatchObject({ message: "later", nextRetryDelayMs: 10 });
    expect((await play1(new TerminalError("over"))).result).toMatchObject({ message: "over" });
  });

  test.for(["before", "after"] as const)(
    "%s next of a run counts as the closure's",
    async (when) => {
      const retryable = await play(handler, [
        throwing(new RetryableError("later", { retryAfter: 10 }), when, "run"),
      ]);
      expect(retryable.error).toMatchObject({
        message: "later",
        nextRetryDelayMs: 10,
        relatedCommandName: "one",
      });
      const terminal = await play(handler, [throwing(new TerminalError("over"), when, "run")]);
      await terminal.receive(runAck(1));
      expect(terminal.result).toMatchObject({ message: "over" });
    },
  );

  test("of a provider is an error of the attempt", async () => {
    const provider = () => {
      throw new Error("no hooks today");
    };
    const script = await play(handler, [provider]);
    expect(script.error).toMatchObject({ code: 500, message: "no hooks today" });
  });

  test("a run's failure that is swallowed is a success without a value", async () => {
    const swallow: HooksProvider = () => ({
      interceptor: { run: (_name, next) => next().catch(() => {}) },
    });
    const script = await play(
      async (ctx) => {
        const result = await ctx.run("one", () => {
          throw new Error("oops");
        });
        return result === undefined;
      },
      [swallow],
    );
    await script.receive(runAck(1));
    expect(script.result).toBe(true);
  });
});

test("a handler is called once; a closure may be executed again", async () => {
  const calls: string[] = [];
  const twice: HooksProvider = () => ({
    interceptor: {
      handler: async (next) => {
        await next();
        await next();
      },
      run: (_name, next) => next().catch(next),
    },
  });
  const script = await play(
    async (ctx) => {
      calls.push("handler");
      return await ctx.run("flaky", () => {
        calls.push("closure");
        if (calls.length === 2) throw new Error("once");
        return "done";
      });
    },
    [twice],
  );
  await script.receive(runAck(1));
  expect(script.result).toBe("done");
  expect(calls).toEqual(["handler", "closure", "closure"]);
});

test("asynchronous context reaches the handler and its runs", async () => {
  const storage = new AsyncLocalStorage<string>();
  const hooks: HooksProvider = () => ({
    interceptor: {
      handler: (next) => storage.run("of the handler", next),
      run: (name, next) => storage.run(`${storage.getStore()}, of ${name}`, next),
    },
  });
  const script = await play(
    async (ctx) => {
      const before = storage.getStore();
      await ctx.sleep(1);
      return [before, storage.getStore(), await ctx.run("one", () => storage.getStore())];
    },
    [hooks],
  );
  await script.receive(sleepDone(1));
  await script.receive(runAck(2));
  expect(script.result).toEqual(["of the handler", "of the handler", "of the handler, of one"]);
});

test("a run executes in the asynchronous context of who asked for it, hooks or not", async () => {
  const storage = new AsyncLocalStorage<string>();
  const script = await Script.play(
    async (ctx: Context) =>
      await storage.run("mine", () => ctx.run("one", () => storage.getStore() ?? "none")),
  );
  await script.receive(runAck(1));
  expect(script.result).toBe("mine");
});

test("a provider learns the request, and whether the handler replays", async () => {
  const seen: unknown[] = [];
  const symbol = Symbol.for("@restatedev/restate-sdk/hooks.isProcessing");
  const hooks: HooksProvider = (context) => {
    const isProcessing = (context as unknown as Record<symbol, () => boolean>)[symbol];
    seen.push(Object.keys(context), String(context.request.target), isProcessing?.());
    return {};
  };
  const known = [{ kind: "sleep", name: "", wakeUpTime: 0, resultCompletionId: 1 } as const];
  await play(async (ctx) => await ctx.sleep(1), [hooks], { known });
  expect(seen).toEqual([["request"], "svc/run", false]);
});
