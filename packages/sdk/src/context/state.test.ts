import { describe, expect, test } from "vitest";
import { type ObjectContext, RestatePromise, serde } from "../index.ts";
import { completion, sleepDone, stateMap, stateRead } from "../testing/messages.ts";
import { Script, type ScriptOptions } from "../testing/script.ts";

const eager = (state: Readonly<Record<string, unknown>>, partialState = false) => ({
  start: { key: "k", stateMap: stateMap(state), partialState },
});
const LAZY: ScriptOptions = { start: { key: "k", partialState: true } };

const play = (handler: (ctx: ObjectContext) => unknown, options: ScriptOptions) =>
  Script.play(handler, { kind: "exclusive", ...options });

describe("eager state", () => {
  test("is read without the server; what is not there is null, and empty bytes are undefined", async () => {
    const script = await play(
      async (ctx) => [
        await ctx.get("count"),
        await ctx.get("missing"),
        (await ctx.get("empty")) === undefined,
        await ctx.stateKeys(),
      ],
      eager({ count: 7, empty: undefined }),
    );
    expect(script.result).toEqual([7, null, true, ["count", "empty"]]);
    expect(script.take()).toEqual([
      {
        kind: "getEagerState",
        name: "",
        key: "count",
        result: { kind: "value", value: 7 },
      },
      { kind: "getEagerState", name: "", key: "missing", result: { kind: "void" } },
      { kind: "getEagerState", name: "", key: "empty", result: { kind: "value", value: "" } },
      { kind: "getEagerStateKeys", name: "", keys: ["count", "empty"] },
      expect.objectContaining({ kind: "output" }),
      { kind: "end" },
    ]);
  });

  test("follows what the handler writes", async () => {
    const script = await play(
      async (ctx) => {
        ctx.set("a", 1);
        ctx.clear("b");
        const seen = [await ctx.get("a"), await ctx.get("b"), await ctx.stateKeys()];
        ctx.clearAll();
        ctx.set("z", 1);
        return [...seen, await ctx.get("a"), await ctx.stateKeys()];
      },
      eager({ b: 2, c: 3 }),
    );
    expect(script.result).toEqual([1, null, ["a", "c"], null, ["z"]]);
    const kinds = script.sent.map((message) => message.kind);
    expect(kinds.filter((kind) => kind.startsWith("getLazy"))).toEqual([]);
  });

  test("is combined like any other promise; what was first in the journal wins", async () => {
    const script = await play(
      async (ctx) => {
        const sleep = ctx.sleep(1).map(() => "slept");
        const state = ctx.get<string>("a") as RestatePromise<string>;
        return await RestatePromise.race([sleep, state]);
      },
      eager({ a: "state" }),
    );
    expect(script.result).toBe("state");
  });
});

describe("partial state", () => {
  test("asks the server for what is not known; its own writes are known", async () => {
    const script = await play(
      async (ctx) => {
        ctx.set("written", "w");
        ctx.clear("cleared");
        return [
          await ctx.get("known"),
          await ctx.get("written"),
          await ctx.get("cleared"),
          await ctx.get("asked"),
          await ctx.stateKeys(),
        ];
      },
      eager({ known: 1 }, true),
    );
    expect(script.takeKinds()).toEqual([
      "setState",
      "clearState",
      "getEagerState",
      "getEagerState",
      "getEagerState",
      "getLazyState",
      "awaitingOn",
    ]);
    await script.receive(stateRead(1, "from the server"));
    expect(script.takeKinds()).toEqual(["getLazyStateKeys", "awaitingOn"]);
    const keys = ["known", "written"].map((key) => new TextEncoder().encode(key));
    await script.receive(completion("getLazyStateKeysCompletion", 2, { kind: "stateKeys", keys }));
    expect(script.result).toEqual([1, "w", null, "from the server", ["known", "written"]]);
  });

  test("everything is known once everything was cleared", async () => {
    const script = await play(async (ctx) => {
      ctx.clearAll();
      return [await ctx.get("a"), await ctx.stateKeys()];
    }, LAZY);
    expect(script.result).toEqual([null, []]);
  });

  test("a state that the server does not have is null", async () => {
    const script = await play(async (ctx) => await ctx.get("a"), LAZY);
    await script.receive(stateRead(1));
    expect(script.result).toBeNull();
  });
});

describe("a replay", () => {
  const handler = async (ctx: ObjectContext) => {
    const before = await ctx.get<number>("count");
    ctx.set("count", (before ?? 0) + 1);
    await ctx.sleep(1);
    return [before, await ctx.get("count")];
  };

  test("reads what was recorded, though the state is newer by now", async () => {
    const live = await play(handler, eager({ count: 1 }));
    const commands = live.sent.slice(0, 3);
    const known = [...commands, sleepDone(1)] as never;
    const replayed = await play(handler, { ...eager({ count: 2 }), known });
    expect(replayed.result).toEqual([1, 2]);
  });

  test("asks the server again where it was asked, and nowhere else", async () => {
    const lazily = await play(handler, LAZY);
    await lazily.receive(stateRead(1, 1));
    const lazy = lazily.sent.filter(({ kind }) => kind !== "awaitingOn").slice(0, 3);
    const afterLazy = await play(handler, {
      ...eager({ count: 2 }),
      known: [lazy[0], stateRead(1, 1), ...lazy.slice(1), sleepDone(2)] as never,
    });
    expect(afterLazy.result).toEqual([1, 2]);

    const eagerly = await play(handler, eager({ count: 1 }));
    const afterEager = await play(handler, {
      ...LAZY,
      known: [...eagerly.sent.slice(0, 3), sleepDone(1)] as never,
    });
    expect(afterEager.result).toEqual([1, 2]);
  });

  test("that reads another state, or writes another value, is a mismatch", async () => {
    const live = await play(async (ctx) => {
      await ctx.get("a");
      ctx.set("b", 1);
      await ctx.sleep(1);
    }, eager({}));
    const known = live.sent.slice(0, 3) as never;
    const other = await play(async (ctx) => await ctx.get("x"), { ...eager({}), known });
    expect(other.error).toMatchObject({ code: 570 });
    expect(other.error?.message).toContain("key: 'a' != 'x'");
    const value = await play(
      async (ctx) => {
        await ctx.get("a");
        ctx.set("b", 2);
      },
      { ...eager({}), known },
    );
    expect(value.error?.message).toContain("value: '1' != '2'");
  });
});

describe("mistakes", () => {
  test.for(["set", "clear", "clearAll"] as const)(
    "%s in a shared handler says what to do",
    async (operation) => {
      const handler = async (ctx: ObjectContext) => {
        if (operation === "set") ctx.set("a", 1);
        else ctx[operation]("a");
        return "went on";
      };
      const script = await Script.play(handler, { ...eager({}), kind: "shared" });
      expect(script.error).toMatchObject({ code: 500, relatedCommandIndex: 1 });
      expect(script.error?.message).toContain(`ctx.${operation} was called in the shared handler`);
      expect(script.error?.message).toContain("svc/run");
      expect(script.result).toBeUndefined();
    },
  );

  test("values that cannot be serialised, and names that are none, end the attempt", async () => {
    const bad = await play(async (ctx) => ctx.set("a", 1n), eager({}));
    expect(bad.error).toMatchObject({ code: 500, relatedCommandType: 0x0403 });
    const nameless = await play(async (ctx) => await ctx.get(undefined as never), eager({}));
    expect(nameless.error?.message).toContain("the name of a state must be a string");
  });

  test("a value that cannot be read ends the attempt with the command that read it", async () => {
    const script = await play(async (ctx) => await ctx.get("a", serde.empty), eager({ a: 1 }));
    expect(script.error).toMatchObject({
      message: "Expected empty data",
      relatedCommandIndex: 1,
      relatedCommandType: 0x0407,
    });
  });
});

test("names are text of any kind, in the order of their code units", async () => {
  const script = await play(async (ctx) => await ctx.stateKeys(), eager({ ü: 1, b: 2, a: 3 }));
  expect(script.result).toEqual(["a", "b", "ü"]);
});
