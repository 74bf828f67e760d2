/**
 * What users get wrong, and what they are told: the handler, the entry, and what to do. Most of it
 * ends the attempt, so that the server shows it and corrected code can go on where it was.
 */
import { describe, expect, test } from "vitest";
import {
  type Context,
  type ObjectContext,
  type ObjectSharedContext,
  RestatePromise,
  rpc,
  service,
  TerminalError,
  type WorkflowContext,
} from "./index.ts";
import { callResult, runAck, runResult, sleepDone } from "./testing/messages.ts";
import { rest, Script, type ScriptHandler, type ScriptOptions } from "./testing/script.ts";

const other = service({
  name: "other",
  handlers: { echo: async (_ctx: Context, value: unknown) => value },
});

const run = (name: string, resultCompletionId: number) =>
  ({ kind: "run", name, resultCompletionId }) as const;
const sleep = (name: string, resultCompletionId: number) =>
  ({ kind: "sleep", name, wakeUpTime: 0, resultCompletionId }) as const;

const cyclic = () => {
  const node: { name: string; children: unknown[] } = { name: "root", children: [] };
  node.children.push({ parent: node });
  return node;
};

interface Mistake {
  readonly name: string;
  readonly handler: ScriptHandler;
  readonly options?: ScriptOptions;
  /** Parts of what is said. */
  readonly says: readonly string[];
  readonly code?: number;
  /** Type, index and name of the command that the server shows beside it. */
  readonly related?: readonly [number, number, string | undefined];
}

const RUN = 0x0411;
const SLEEP = 0x040c;
const CALL = 0x040d;
const SEND = 0x040e;
const SET = 0x0403;
const COMPLETE_PROMISE = 0x040b;

const ENDS_THE_ATTEMPT: readonly Mistake[] = [
  {
    name: "another command than the recorded one",
    handler: async (ctx: Context) => await ctx.sleep(1, "nap"),
    options: { known: [run("a", 1), runResult(1, 1)] },
    code: 570,
    says: [
      "handler: svc/run",
      "expected (recorded, command index 1): run 'a'",
      "actual: sleep 'nap'",
      "registered as a new deployment",
    ],
    related: [SLEEP, 1, "nap"],
  },
  {
    name: "other parameters than the recorded ones",
    handler: async (ctx: Context) => await ctx.sleep(1, "b"),
    options: { known: [sleep("a", 1)] },
    code: 570,
    says: ["handler: svc/run", "Difference:\n   name: 'a' != 'b'"],
    related: [SLEEP, 1, "b"],
  },
  {
    name: "an await that an old journal does not have",
    handler: async (ctx: Context) => {
      const first = ctx.sleep(1, "first");
      await first;
      await ctx.sleep(2, "second");
    },
    options: { known: [sleep("first", 1), sleep("second", 2)] },
    code: 570,
    says: ["handler: svc/run", "could not be replayed", "sleep 'first' (command index 1)"],
    related: [SLEEP, 1, "first"],
  },
  {
    name: "the context inside of a closure, awaited",
    handler: async (ctx: Context) =>
      await ctx.run("outer", async () => {
        await ctx.sleep(1, "inner");
      }),
    says: [
      "ctx.sleep was called inside the closure of ctx.run 'outer' (command index 1) in svc/run",
      "use the context outside of it",
    ],
    related: [RUN, 1, "outer"],
  },
  {
    name: "the context inside of a closure, not awaited",
    handler: async (ctx: Context) =>
      await ctx.run("outer", () => {
        ctx.serviceSendClient(other).echo(1);
      }),
    says: ["a send was called inside the closure of ctx.run 'outer' (command index 1) in svc/run"],
    related: [RUN, 1, "outer"],
  },
  {
    name: "the context after an await in a closure, in the next attempt",
    handler: async (ctx: Context) =>
      await ctx.run("outer", async () => {
        await Promise.resolve();
        await ctx.sleep(1, "inner");
      }),
    options: { known: [run("outer", 1), sleep("inner", 2)] },
    code: 570,
    says: ["handler: svc/run", "may have been issued inside of a ctx.run closure"],
    related: [RUN, 1, "outer"],
  },
  {
    name: "a plain promise in a combinator",
    handler: async (ctx: Context) =>
      await RestatePromise.all([ctx.sleep(1), Promise.resolve(1) as RestatePromise<number>]),
    says: ["Promise index 1", "do other asynchronous work inside of ctx.run"],
  },
  {
    name: "a derived promise in a combinator",
    handler: async (ctx: Context) =>
      await RestatePromise.race([ctx.sleep(1).then(() => 1) as RestatePromise<number>]),
    says: ["Promise index 0"],
  },
  {
    name: "set in a shared handler",
    handler: async (ctx: ObjectContext) => ctx.set("a", 1),
    options: { kind: "shared" },
    says: ["ctx.set was called in the shared handler svc/run", "Make the handler exclusive"],
    related: [SET, 1, undefined],
  },
  {
    name: "a result of a run that is a BigInt",
    handler: async (ctx: Context) => await ctx.run("sum", () => ({ order: { total: 1n } })),
    says: [
      "the result of ctx.run 'sum' (command index 1) in svc/run cannot be serialized",
      "$.order.total is a BigInt",
      "use another serde",
    ],
    related: [RUN, 1, "sum"],
  },
  {
    name: "a cyclic return value",
    handler: async () => cyclic(),
    says: [
      "the returned value in svc/run cannot be serialized",
      "$.children[0].parent leads back to an object that contains it",
    ],
  },
  {
    name: "a cyclic parameter of a call",
    handler: async (ctx: Context) => await ctx.serviceClient(other).echo(cyclic()),
    says: ["the parameter for other/echo in svc/run cannot be serialized", "$.children[0].parent"],
    related: [CALL, 1, undefined],
  },
  {
    name: "a BigInt as a state",
    handler: async (ctx: ObjectContext) => ctx.set("count", 1n),
    options: { kind: "exclusive" },
    says: ['the state "count" in svc/run cannot be serialized', "$ is a BigInt"],
    related: [SET, 1, undefined],
  },
  {
    name: "a BigInt as the value of a promise",
    handler: async (ctx: WorkflowContext) => await ctx.promise("p").resolve([1n]),
    options: { kind: "workflow" },
    says: ['the value of the promise "p" in svc/run cannot be serialized', "$[0] is a BigInt"],
    related: [COMPLETE_PROMISE, 1, undefined],
  },
  {
    name: "a toJSON that throws",
    handler: async () => ({
      toJSON: () => {
        throw new Error("not today");
      },
    }),
    says: ["the returned value in svc/run cannot be serialized: it has no JSON text: not today"],
  },
  {
    name: "an empty idempotency key",
    handler: async (ctx: Context) =>
      await ctx.serviceClient(other).echo(1, rpc.opts({ idempotencyKey: "" })),
    says: ["the idempotencyKey of a call to other/echo must not be empty; leave it out"],
    related: [CALL, 1, undefined],
  },
  {
    name: "an empty limit key",
    handler: (ctx: Context) =>
      void ctx.serviceSendClient(other).echo(1, rpc.sendOpts({ limitKey: "" })),
    says: ["the limitKey of a call to other/echo must not be empty"],
    related: [SEND, 1, undefined],
  },
  {
    name: "an empty scope",
    handler: (ctx: Context) => void ctx.scope("").serviceClient(other).echo(1),
    says: ["the scope of a call to other/echo must not be empty"],
    related: [CALL, 1, undefined],
  },
  {
    name: "a sleep that is over before it began",
    handler: async (ctx: Context) => await ctx.sleep(-1),
    says: ["Invalid negative sleep duration: -1ms", "await ctx.date.now()"],
    related: [SLEEP, 1, undefined],
  },
  {
    name: "a feature that the server has not negotiated",
    handler: (ctx: Context) => void ctx.scope("s").serviceClient(other).echo(1),
    options: { version: 6 },
    code: 573,
    says: ["need service protocol version 7, but version 6 was negotiated", "other/echo"],
    related: [CALL, 1, undefined],
  },
  {
    name: "an error that is not terminal, from a map",
    handler: async (ctx: Context) =>
      await ctx.map([1], () => {
        throw new Error("a bug");
      }),
    says: ["a bug"],
  },
];

describe("what ends the attempt", () => {
  test.for(ENDS_THE_ATTEMPT)("$name", async ({ handler, options, says, code = 500, related }) => {
    const script = await Script.play(handler, options);
    await rest();
    expect(script.takeKinds().at(-1)).toBe("error");
    for (const part of says) expect(script.error?.message).toContain(part);
    const { relatedCommandType, relatedCommandIndex, relatedCommandName } = script.error ?? {};
    expect(script.error?.code).toBe(code);
    expect(
      relatedCommandIndex && [relatedCommandType, relatedCommandIndex, relatedCommandName],
    ).toEqual(related);
  });
});

describe("what is said once, without ending anything", () => {
  test("a run that nobody awaits was never executed", async () => {
    const script = await Script.play(async (ctx: Context) => {
      await ctx.run("awaited", () => 1);
      void ctx.run("forgotten", () => 2);
      return "done";
    });
    await script.receive(runAck(1));
    expect(script.result).toBe("done");
    expect(script.logs).toEqual([
      "warn svc/run has returned, and ctx.run 'forgotten' (command index 2) was never executed: a " +
        "closure starts when its promise, or something after it, is awaited. Await what ctx.run gives.",
    ]);
  });

  test("of a thousand such runs a few are named", async () => {
    const script = await Script.play((ctx: Context) => {
      for (let index = 0; index < 1000; index++) void ctx.run(`r${index}`, () => index);
    });
    expect(script.logs).toHaveLength(1);
    expect(script.logs[0]).toContain("'r4' (command index 5) and 995 more was never executed");
    expect(script.logs[0]?.length).toBeLessThan(500);
  });

  test("nothing of it when they were executed, or the handler has failed", async () => {
    const executed = await Script.play(async (ctx: Context) => {
      void ctx.run("beside", () => 1);
      await ctx.sleep(1);
    });
    await executed.receive(sleepDone(2));
    expect(executed.takeKinds()).toContain("end");
    expect(executed.logs).toEqual([]);
    const failed = await Script.play(async (ctx: Context) => {
      void ctx.run("undone", () => 1);
      throw new TerminalError("no");
    });
    expect(failed.logs).toHaveLength(1);
    expect(failed.logs[0]).toContain("TerminalError: no");
  });

  const late: readonly (readonly [string, (ctx: Context) => void])[] = [
    ["ctx.run", (ctx: Context) => void ctx.run("late", () => 1)],
    ["ctx.sleep", (ctx: Context) => void ctx.sleep(1)],
    ["a call", (ctx: Context) => void ctx.serviceClient(other).echo(1)],
    ["ctx.map", (ctx: Context) => void ctx.map([1], () => 1)],
    ["ctx.mapUnordered", (ctx: Context) => void ctx.mapUnordered([1], () => 1).next()],
  ];
  test.for(late)("%s after the handler has returned", async ([operation, use]) => {
    let kept: Context | undefined;
    const script = await Script.play((ctx: Context) => {
      kept = ctx;
    });
    use(kept as Context);
    await rest();
    expect(script.takeKinds()).toEqual(["output", "end"]);
    expect(script.logs.join("\n")).toContain(
      `${operation} was called on the context of svc/run after that attempt had ended`,
    );
  });
});

describe("what is no mistake here", () => {
  test("native combinators over derived promises", async () => {
    const handler = async (ctx: Context) => {
      const call = (value: number) =>
        ctx
          .serviceClient(other)
          .echo(value)
          .then((result) => [value, result]);
      return [await Promise.all([call(1), call(2)]), await Promise.race([call(3), call(4)])];
    };
    const script = await Script.play(handler);
    await script.receive(callResult(4, "b"), callResult(2, "a"));
    await script.receive(callResult(8, "d"), callResult(6, "c"));
    const first = [
      [1, "a"],
      [2, "b"],
    ];
    expect(script.result).toEqual([first, [4, "d"]]);
  });

  test("a call that is not awaited is made", async () => {
    const script = await Script.play((ctx: Context) => {
      void ctx.serviceClient(other).echo(1);
    });
    expect(script.takeKinds()).toEqual(["call", "output", "end"]);
    expect(script.logs).toEqual([]);
  });

  test("catching everything around an await does not catch a suspension", async () => {
    let caught: unknown;
    const script = await Script.play(async (ctx: Context) => {
      try {
        await ctx.sleep(1);
      } catch (error) {
        caught = error;
      }
    });
    await script.closeInput();
    expect(script.takeKinds().at(-1)).toBe("suspension");
    expect(caught).toBeUndefined();
  });

  test("undefined inside of a value is left out, as JSON does", async () => {
    const script = await Script.play(async () => ({ a: undefined, b: [undefined], c: Number.NaN }));
    expect(script.result).toEqual({ b: [null], c: null });
  });
});

test("the key of a service is a terminal failure", async () => {
  const script = await Script.play((ctx: ObjectSharedContext) => ctx.key);
  expect(script.result).toMatchObject({
    code: 500,
    message: expect.stringContaining("svc/run is a handler of a service, which has no key"),
  });
});
