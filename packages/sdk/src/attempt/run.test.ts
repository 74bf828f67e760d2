import { describe, expect, test } from "vitest";
import {
  type Context,
  PauseError,
  RestatePromise,
  RetryableError,
  type RunOptions,
  TerminalError,
} from "../index.ts";
import { completion, failure, runAck, runResult } from "../testing/messages.ts";
import { rest, Script, type ScriptOptions } from "../testing/script.ts";

const failing = (options?: RunOptions<unknown>, error: unknown = new Error("oops")) => {
  const action = () => {
    throw error;
  };
  return async (ctx: Context) => {
    const run = options === undefined ? ctx.run("r", action) : ctx.run("r", action, options);
    return await run.catch((reason) => [
      reason instanceof TerminalError,
      reason.code,
      reason.message,
    ]);
  };
};
const RUN = { kind: "run", name: "r", resultCompletionId: 1 } as const;
const RELATED = { relatedCommandIndex: 1, relatedCommandName: "r", relatedCommandType: 0x0411 };

describe.for([5, 6, 7] as const)("version %d", (version) => {
  const play = (handler: (ctx: Context) => Promise<unknown>, options: ScriptOptions = {}) =>
    Script.play(handler, { version, ...options });
  const ack = (id: number, content: unknown) =>
    version === 7 ? runAck(id) : runResult(id, content);

  test("a transient failure ends the attempt; the server decides when it retries", async () => {
    const script = await play(failing());
    expect(script.take()).toEqual([
      RUN,
      { kind: "error", code: 500, message: "oops", behavior: 0, ...RELATED },
    ]);
    expect(script.logs[0]).toContain("warn Error when processing ctx.run 'r'.");
    expect(script.logs).toHaveLength(1);
  });

  test("a retry policy gives the delay", async () => {
    const script = await play(failing({ maxRetryAttempts: 3, initialRetryInterval: 70 }));
    expect(script.error).toMatchObject({ nextRetryDelayMs: 70, ...RELATED });
  });

  test("tries are counted over attempts", async () => {
    const options = { maxRetryAttempts: 3 };
    const start = { retryCountSinceLastStoredEntry: 1 };
    const second = await play(failing(options), { known: [RUN], start });
    expect(second.error).toMatchObject({ nextRetryDelayMs: 100 });
    const third = await play(failing(options), {
      known: [RUN],
      start: { retryCountSinceLastStoredEntry: 2 },
    });
    expect(third.error).toBeUndefined();
    await third.receive(
      version === 7 ? runAck(1) : completion("runCompletion", 1, failure("oops")),
    );
    expect(third.result).toEqual([true, 500, "oops"]);
  });

  test("what happened before the run was issued is not counted", async () => {
    const start = { retryCountSinceLastStoredEntry: 5 };
    const script = await play(failing({ maxRetryAttempts: 2 }), { start });
    expect(script.error).toMatchObject({ nextRetryDelayMs: 50 });
  });

  test("the duration is counted over attempts", async () => {
    const start = { durationSinceLastStoredEntryMs: 1000 };
    const options = { maxRetryDuration: { seconds: 1 } };
    const script = await play(failing(options), { known: [RUN], start });
    expect(script.error).toBeUndefined();
    expect(script.sent[0]).toMatchObject({ kind: "proposeRunCompletion" });
  });

  test("a terminal error is recorded, metadata from version 6 on", async () => {
    const error = new TerminalError("no", { errorCode: 418, metadata: { a: "b" } });
    const script = await play(failing(undefined, error));
    const metadata = version === 5 ? {} : { metadata: [{ key: "a", value: "b" }] };
    expect(script.sent[1]).toMatchObject({
      kind: "proposeRunCompletion",
      result: { kind: "failure", failure: { code: 418, message: "no", ...metadata } },
    });
    await script.receive(
      version === 7 ? runAck(1) : completion("runCompletion", 1, failure("no", 418)),
    );
    expect(script.result).toEqual([true, 418, "no"]);
  });

  test("a retryable error chooses the delay, within the policy's bounds", async () => {
    const error = new RetryableError("later", { retryAfter: { seconds: 2 } });
    const free = await play(failing(undefined, error));
    expect(free.error).toMatchObject({ message: "later", nextRetryDelayMs: 2000, ...RELATED });
    const bounded = await play(failing({ maxRetryAttempts: 1 }, error));
    expect(bounded.error).toBeUndefined();
  });

  test("a pause error pauses, which needs version 7", async () => {
    const script = await play(failing(undefined, new PauseError("look at it")));
    if (version === 7) expect(script.error).toMatchObject({ behavior: 1, message: "look at it" });
    else expect(script.error).toMatchObject({ code: 573, behavior: 0 });
  });

  test("errors of the domain may be terminal", async () => {
    const asTerminalError = (error: Error) =>
      error.message === "oops" ? new TerminalError("domain", { errorCode: 422 }) : undefined;
    const script = await play(failing(), { options: { asTerminalError } });
    expect(script.sent[1]).toMatchObject({ result: { failure: { code: 422 } } });
  });

  test("several run concurrently, none before something is awaited", async () => {
    const log: string[] = [];
    const releases: (() => void)[] = [];
    const script = await play(async (ctx) => {
      const action = (name: string) => async () => {
        log.push(`start ${name}`);
        await new Promise<void>((resolve) => releases.push(resolve));
        return name;
      };
      const runs = [ctx.run("a", action("a")), ctx.run("b", action("b"))];
      await new Promise((resolve) => setImmediate(resolve));
      log.push("await");
      return await RestatePromise.all(runs);
    });
    expect(log).toEqual(["await", "start a", "start b"]);
    releases[1]?.();
    releases[0]?.();
    await rest();
    await script.receive(ack(2, "b"), ack(1, "a"));
    expect(script.result).toEqual(["a", "b"]);
  });

  test("one that nobody awaits is never executed when nothing else is awaited", async () => {
    let executed = false;
    const script = await play(async (ctx) => {
      void ctx.run("r", () => {
        executed = true;
      });
      return 1;
    });
    expect(script.takeKinds()).toEqual(["run", "output", "end"]);
    expect(executed).toBe(false);
  });

  test("a result that cannot be serialised ends the attempt, and is not recorded", async () => {
    const script = await play(async (ctx) => await ctx.run("r", () => 1n as never));
    expect(script.error).toMatchObject({ code: 500, ...RELATED });
  });

  test("a suspension waits for closures that run", async () => {
    let release = () => {};
    const script = await play(
      async (ctx) => await ctx.run("r", () => new Promise<void>((resolve) => (release = resolve))),
    );
    await script.closeInput();
    expect(script.ends).toBe(0);
    release();
    await rest();
    expect(script.takeKinds().slice(-2)).toEqual(["proposeRunCompletion", "suspension"]);
  });

  test("what a closure gives or throws after the end is dropped", async () => {
    const releases: ((error: Error) => void)[] = [];
    const script = await play(async (ctx) => {
      const slow = () => new Promise<void>((_, reject) => releases.push(reject));
      const bad = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error("bad");
      };
      await RestatePromise.all([ctx.run("slow", slow), ctx.run("bad", bad)]);
    });
    await rest();
    expect(script.error).toMatchObject({ message: "bad", relatedCommandIndex: 2 });
    script.take();
    releases[0]?.(new Error("late"));
    await rest();
    expect(script.take()).toEqual([]);
  });
});

test("the forms of run", async () => {
  const script = await Script.play(async (ctx: Context) => {
    const wrong = ctx as unknown as { run(...args: unknown[]): void };
    expect(() => wrong.run("name")).toThrow("the second argument must be a function");
    expect(() => wrong.run(5)).toThrow("the first argument must be a name or a function");
    expect(() => wrong.run(() => 1, {})).toThrow("options need a name");
    return await ctx.run(() => 1);
  });
  expect(script.sent[0]).toEqual({ kind: "run", name: "", resultCompletionId: 1 });
});

test("version 7: side effects are told while they run, and that they have ended", async () => {
  let release = () => {};
  const script = await Script.play(async (ctx: Context) => {
    await ctx.run("r", () => new Promise<void>((resolve) => (release = resolve)));
  });
  expect(script.take()).toEqual([
    { kind: "run", name: "r", resultCompletionId: 1 },
    expect.objectContaining({ kind: "awaitingOn", executingSideEffects: true }),
  ]);
  release();
  await rest();
  expect(script.take()).toEqual([
    expect.objectContaining({ kind: "proposeRunCompletion" }),
    expect.objectContaining({ kind: "awaitingOn", executingSideEffects: false }),
  ]);
});

test("version 7: an acknowledged run keeps its place among other results", async () => {
  const script = await Script.play(async (ctx: Context) => {
    const run = ctx.run("r", () => "run");
    return await RestatePromise.race([ctx.sleep(1), run]);
  });
  await script.receive(runAck(1), completion("sleepCompletion", 2, { kind: "void" }));
  expect(script.result).toBe("run");
});

test("a closure is not executed any more when another one has ended the attempt", async () => {
  const executed: string[] = [];
  const script = await Script.play(async (ctx: Context) => {
    const first = ctx.run("first", () => {
      executed.push("first");
      throw new Error("oops");
    });
    const second = ctx.run("second", () => executed.push("second"));
    return await RestatePromise.all([first, second]);
  });
  expect(script.error).toMatchObject({ message: "oops" });
  expect(executed).toEqual(["first"]);
});
