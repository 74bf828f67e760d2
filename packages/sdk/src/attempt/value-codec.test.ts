import type { ServerMessage } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import {
  type HooksProvider,
  type JournalValueCodec,
  RestatePromise,
  RetryableError,
  type WorkflowContext,
} from "../index.ts";
import {
  decodeJson,
  encodeJson,
  promiseDone,
  runAck,
  signal,
  sleepDone,
  stateMap,
  value,
} from "../testing/messages.ts";
import { Script, type ScriptOptions, type Wire } from "../testing/script.ts";
import { convertPayloads } from "./value-codec.ts";

/** Turns each bit around, behind a number that is another one each time. */
class Inverter implements JournalValueCodec {
  #count = 0;

  encode(bytes: Uint8Array): Uint8Array {
    return Uint8Array.of(this.#count++ % 256, ...bytes.map((byte) => 255 - byte));
  }

  async decode(bytes: Uint8Array): Promise<Uint8Array> {
    return this.decodeNow(bytes);
  }

  decodeNow(bytes: Uint8Array): Uint8Array {
    return bytes.subarray(1).map((byte) => 255 - byte);
  }
}

const play = (
  handler: (ctx: WorkflowContext) => unknown,
  codec: Promise<JournalValueCodec>,
  options: ScriptOptions = {},
) =>
  Script.play(handler, {
    kind: "workflow",
    endpoint: { journalValueCodecProvider: () => codec },
    ...options,
  });

/** A script whose server has encoded payloads, too. */
function playInverted(handler: (ctx: WorkflowContext) => unknown, options: ScriptOptions = {}) {
  const codec = new Inverter();
  const wire: Wire = {
    toAttempt: (message) => convertPayloads(message, (bytes) => codec.encode(bytes)),
    toServer: (message) => convertPayloads(message, (bytes) => codec.decodeNow(bytes)),
  };
  return play(handler, Promise.resolve(codec), { wire, ...options });
}

const handler = async (ctx: WorkflowContext, input: unknown) => {
  ctx.set("written", "w");
  ctx.genericSend({ service: "s", method: "m", parameter: encodeJson("p") });
  ctx.resolveAwakeable("sign_1x", "r");
  const state = await ctx.get("known");
  const both = [ctx.awakeable<string>().promise, ctx.promise<string>("p")] as const;
  const results = await RestatePromise.all(both);
  return [input, state, ...results, await ctx.run("r", () => "ran")];
};

describe("a journal value codec", () => {
  test("is around every payload, in both directions", async () => {
    const start = { key: "k", partialState: false, stateMap: stateMap({ known: "s" }) };
    const script = await playInverted(handler as never, { start, input: "i" });
    await script.receive(signal(17, value("a")), promiseDone(2, "b"));
    await script.receive(runAck(3));
    expect(script.result).toEqual(["i", "s", "a", "b", "ran"]);
    expect(script.take()).toEqual(
      expect.arrayContaining([
        { kind: "setState", name: "", key: "written", value: "w" },
        expect.objectContaining({ kind: "oneWayCall", parameter: "p" }),
        expect.objectContaining({ awakeableId: "sign_1x", result: plain("r") }),
        expect.objectContaining({ kind: "getEagerState", result: plain("s") }),
        expect.objectContaining({ kind: "proposeRunCompletion", result: plain("ran") }),
      ]),
    );
  });

  test("does not disturb the comparison of what is replayed", async () => {
    const writing = (written: number) => async (ctx: WorkflowContext) => {
      ctx.set("a", written);
      await ctx.sleep(1);
    };
    const live = await playInverted(writing(1));
    const known = [...live.sent.slice(0, 2), sleepDone(1)] as ServerMessage[];
    expect((await playInverted(writing(1), { known })).takeKinds()).toEqual(["output", "end"]);
    const other = await playInverted(writing(2), { known });
    expect(other.error).toMatchObject({ code: 570 });
    expect(other.error?.message).toContain("value: '1' != '2'");
  });

  const undecodable = (thrown: unknown): Promise<JournalValueCodec> =>
    Promise.resolve({
      encode: (bytes) => bytes,
      decode: (bytes) =>
        decodeJson(bytes) === "secret" ? Promise.reject(thrown) : Promise.resolve(bytes),
    });

  test("that cannot decode the input fails the invocation, as a serde would", async () => {
    const codec = undecodable(new Error("no such key"));
    const events: string[] = [];
    const hooks: HooksProvider = () => ({
      interceptor: {
        handler: (next) => next().catch((error) => void events.push(error.message)),
      },
    });
    const script = await play(handler as never, codec, { input: "secret" });
    expect(script.takeKinds()).toEqual(["output", "end"]);
    expect(script.result).toEqual({
      code: 400,
      message:
        "Failed to deserialize input: the journal value codec cannot decode the input: no such key",
    });
    await play(handler as never, codec, { input: "secret", options: { hooks: [hooks] } });
    expect(events).toEqual([(script.result as { message: string }).message]);
  });

  test.for([
    ["something else than the input", "public", [signal(17, value("secret"))], new Error("x")],
    [
      "an input that an earlier attempt could decode",
      "secret",
      [{ kind: "setState", name: "", key: encodeJson("k"), value: encodeJson("v") } as const],
      new Error("x"),
    ],
    ["an input, but may later", "secret", [], new RetryableError("x", { retryAfter: 5 })],
  ] as const)("that cannot decode %s ends the attempt, which is tried again", async (given) => {
    const [, input, known, thrown] = given;
    const script = await play(handler as never, undecodable(thrown), { input, known });
    expect(script.takeKinds()).toEqual(["error"]);
    expect(script.error?.message).toMatch(
      /^the journal value codec cannot decode (what|the i).*: x$/,
    );
    expect(script.error?.nextRetryDelayMs).toBe(thrown instanceof RetryableError ? 5 : undefined);
    expect(script.ends).toBe(1);
  });

  test("that is not there ends the attempt, which is tried again", async () => {
    const absent = await play(handler as never, Promise.reject(new Error("no codec today")));
    expect(absent.error?.message).toContain("no codec today");
  });

  test("that cannot encode ends the attempt, wherever that is", async () => {
    const failing: JournalValueCodec = {
      encode: () => {
        throw new Error("no key");
      },
      decode: async (bytes) => bytes,
    };
    const handlers = [
      async () => "x",
      async (ctx: WorkflowContext) => {
        ctx.set("a", 1);
        await ctx.sleep(1);
      },
    ];
    for (const one of handlers) {
      const script = await play(one, Promise.resolve(failing));
      expect(script.sent.map(({ kind }) => kind)).toEqual(["error"]);
      expect(script.error?.message).toBe("the journal value codec cannot encode a payload: no key");
      expect(script.ends).toBe(1);
    }
  });

  test("keeps the order: the end of the input comes after what was received", async () => {
    const script = await playInverted(async (ctx) => await ctx.sleep(1));
    await script.closeInput();
    expect(script.takeKinds()).toEqual(["sleep", "awaitingOn", "suspension"]);
  });
});

function plain(content: unknown) {
  return { kind: "value", value: content };
}
