import {
  decodeBody,
  type EndpointMessage,
  encodeFrames,
  FrameParser,
  type Message,
  type ProtocolVersion,
} from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import { type Context, type EndpointOptions, service } from "../../index.ts";
import {
  inputMessage,
  readable,
  runAck,
  runResult,
  sleepDone,
  startMessage,
} from "../../testing/messages.ts";
import { rest } from "../../testing/script.ts";
import type { AttemptPump } from "./attempt-pump.ts";
import { createHttpEndpoint, type HttpInvocation } from "./http-endpoint.ts";

type Handler = (ctx: Context, input: never) => unknown;

/** A pump and what it writes. */
class Pumped {
  readonly pump: AttemptPump;
  readonly #version: ProtocolVersion;
  readonly writes: Uint8Array[] = [];
  ends = 0;

  constructor(
    handler: Handler,
    version: ProtocolVersion = 7,
    options: Partial<EndpointOptions> = {},
  ) {
    this.#version = version;
    const run = handler as (ctx: Context, input: unknown) => Promise<unknown>;
    const services = [service({ name: "svc", handlers: { run } })];
    const endpoint = createHttpEndpoint({ services, logger: () => undefined, ...options });
    const headers = { "content-type": `application/vnd.restate.invocation.v${version}` };
    const request = { method: "POST", path: "/invoke/svc/run", headers };
    const invocation = endpoint.handle(request, "BIDI_STREAM") as HttpInvocation;
    this.pump = invocation.open({
      write: (bytes) => this.writes.push(bytes),
      end: (bytes) => {
        this.ends++;
        if (bytes !== undefined) this.writes.push(bytes);
      },
    });
  }

  async push(...messages: readonly Message[]): Promise<this> {
    return this.pushBytes(encodeFrames(messages, this.#version));
  }

  async pushBytes(bytes: Uint8Array): Promise<this> {
    this.pump.push(bytes);
    await rest();
    return this;
  }

  get sent(): unknown[] {
    const parser = new FrameParser();
    return this.writes
      .flatMap((bytes) => parser.push(bytes))
      .map(({ code, flags, body }) =>
        readable(decodeBody(code, flags, body, this.#version) as EndpointMessage),
      );
  }

  get kinds(): string[] {
    return this.sent.map((message) => (message as EndpointMessage).kind);
  }
}

const leaf = async (_ctx: Context, x: number) => x + 1;
const nap = async (ctx: Context) => {
  await ctx.sleep(1000);
  return "awake";
};
const begin = (input?: unknown, ...known: readonly Message[]) => [
  startMessage({ knownEntries: 1 + known.length }),
  inputMessage(input),
  ...known,
];
const output = (value: unknown) => ({ kind: "output", name: "", result: { kind: "value", value } });
const violation = (message: unknown) => ({ kind: "error", code: 571, message });

describe.each([5, 6, 7] as const)("version %d", (version) => {
  test("a leaf takes one write, the end of the stream included", async () => {
    const pumped = await new Pumped(leaf, version).push(...begin(41));
    expect(pumped.sent).toEqual([output(42), { kind: "end" }]);
    expect(pumped.writes).toHaveLength(1);
    expect(pumped.ends).toBe(1);
  });

  test("chunks of any size are the same", async () => {
    const handler = async (ctx: Context, x: number) => {
      const y = await ctx.run("double", () => x * 2);
      await ctx.sleep(1);
      return y;
    };
    const result = version === 7 ? runAck(1) : runResult(1, 42);
    for (const size of [1, 2, 3, 7, 8, 9, 20, 64, 1000]) {
      const pumped = new Pumped(handler, version);
      for (const messages of [begin(21), [result], [sleepDone(2)]]) {
        const bytes = encodeFrames(messages, version);
        for (let at = 0; at < bytes.length; at += size) {
          await pumped.pushBytes(bytes.slice(at, at + size));
        }
      }
      expect(pumped.kinds.filter((kind) => kind !== "awaitingOn")).toEqual([
        "run",
        "proposeRunCompletion",
        "sleep",
        "output",
        "end",
      ]);
      expect(pumped.sent.at(-2)).toEqual(output(42));
    }
  });

  test("suspends when the request ends", async () => {
    const pumped = await new Pumped(nap, version).push(...begin());
    expect(pumped.ends).toBe(0);
    pumped.pump.closeInput();
    await rest();
    expect(pumped.kinds.at(-1)).toBe("suspension");
    expect(pumped.ends).toBe(1);
  });
});

describe("a fault", () => {
  test("after good messages comes after what they have brought about", async () => {
    const bytes = encodeFrames(begin(1), 7);
    const pumped = new Pumped(async (ctx: Context) => ctx.sleep(1));
    await pumped.pushBytes(Buffer.concat([bytes, Buffer.alloc(9, 0x42)]));
    expect(pumped.sent.at(-1)).toMatchObject(
      violation("the server violated the protocol: custom message type 0x4242 is not supported"),
    );
    expect(pumped.kinds).toEqual(["sleep", "error"]);
    expect(pumped.ends).toBe(1);
  });

  test.each([
    ["garbage", Buffer.from("GET / HTTP/1.1\r\n\r\n"), /custom message type 0x4745/],
    ["an unknown message", Buffer.from("00ff000000000000", "hex"), /unknown message type 0x00ff/],
    ["a huge frame", Buffer.from("00000000f0000000", "hex"), /a frame of 4026531840 bytes reaches/],
    ["a malformed body", Buffer.from("0000000000000001ff", "hex"), /the server violated/],
    [
      "a message of the wrong side",
      encodeFrames([{ kind: "end" }], 7),
      /a server must not send end/,
    ],
    [
      "a message of a later version",
      encodeFrames([runAck(1)], 7),
      /needs protocol version 7, negotiated is 6/,
      6 as ProtocolVersion,
    ],
    ["a missing start", encodeFrames([inputMessage(1)], 7), /expected the start, got input/],
    ["an empty journal", encodeFrames([startMessage({ knownEntries: 0 })], 7), /no known entries/],
  ])("%s ends the attempt with 571", async (_name, bytes, message, version = 7) => {
    const pumped = await new Pumped(leaf, version).pushBytes(bytes);
    expect(pumped.sent).toEqual([
      expect.objectContaining(violation(expect.stringMatching(message))),
    ]);
    expect(pumped.ends).toBe(1);
    await pumped.push(...begin(1));
    pumped.pump.closeInput();
    expect(pumped.sent).toHaveLength(1);
  });

  test.each([
    ["a header", 4, /ends inside a frame's header, after 4 of 8 bytes/],
    ["a body", 12, /ends inside a frame's body/],
    ["the known entries", undefined, /before all known entries were received/],
  ])("the end of the request inside %s is one", async (_name, length, message) => {
    const bytes = encodeFrames([startMessage()], 7);
    const pumped = await new Pumped(leaf).pushBytes(bytes.slice(0, length));
    pumped.pump.closeInput();
    expect(pumped.sent).toMatchObject([violation(expect.stringMatching(message))]);
  });

  test("a frame may have 32 MiB and a bit", async () => {
    const header = Buffer.from("0000000002040000", "hex");
    const refused = await new Pumped(leaf).pushBytes(header);
    expect(refused.sent).toMatchObject([violation(expect.stringMatching(/limit of 33816576/))]);
    header.writeUInt32BE(33_816_575, 4);
    const taken = await new Pumped(leaf).pushBytes(header);
    expect(taken.sent).toEqual([]);
  });
});

describe("the connection is lost", () => {
  test("user code is told, and nothing is written any more", async () => {
    let signal: AbortSignal | undefined;
    const pumped = await new Pumped(async (ctx: Context) => {
      signal = ctx.request().attemptCompletedSignal;
      await ctx.sleep(1);
    }).push(...begin());
    const before = pumped.writes.length;
    expect(signal?.aborted).toBe(false);
    pumped.pump.abort(new Error("lost"));
    pumped.pump.abort(new Error("lost"));
    expect(signal?.aborted).toBe(true);
    await pumped.push(sleepDone(1));
    pumped.pump.closeInput();
    pumped.pump.requestSuspension();
    expect(pumped.writes).toHaveLength(before);
    expect(pumped.ends).toBe(0);
  });
});

describe("a request to suspend", () => {
  test("takes effect at the next await", async () => {
    const gate = withResolvers<void>();
    const pumped = await new Pumped(async (ctx: Context) => {
      await gate.promise;
      await ctx.sleep(1);
    }).push(...begin());
    pumped.pump.requestSuspension();
    await rest();
    expect(pumped.kinds).toEqual([]);
    gate.resolve(undefined);
    await rest();
    expect(pumped.kinds).toEqual(["sleep", "suspension"]);
  });

  test("waits until the journal has arrived", async () => {
    const pumped = new Pumped(nap);
    const bytes = encodeFrames(begin(), 7);
    await pumped.pushBytes(bytes.slice(0, 30));
    pumped.pump.requestSuspension();
    await rest();
    expect(pumped.kinds).toEqual([]);
    await pumped.pushBytes(bytes.slice(30));
    expect(pumped.kinds).toEqual(["sleep", "suspension"]);
  });

  test("waits until the journal has been decoded", async () => {
    const gate = withResolvers<void>();
    const decode = async (bytes: Uint8Array) => gate.promise.then(() => bytes);
    const codec = { encode: (bytes: Uint8Array) => bytes, decode };
    const pumped = new Pumped(nap, 7, { journalValueCodecProvider: async () => codec });
    await pumped.push(...begin());
    pumped.pump.requestSuspension();
    await rest();
    expect(pumped.kinds).toEqual([]);
    gate.resolve(undefined);
    await rest();
    expect(pumped.kinds.at(-1)).toBe("suspension");
  });

  test("waits for closures that run, and reports what they return", async () => {
    const gate = withResolvers<number>();
    const pumped = await new Pumped(async (ctx: Context) =>
      ctx.run("slow", () => gate.promise),
    ).push(...begin());
    pumped.pump.requestSuspension();
    await rest();
    expect(pumped.kinds).not.toContain("suspension");
    gate.resolve(1);
    await rest();
    expect(pumped.kinds.slice(-2)).toEqual(["proposeRunCompletion", "suspension"]);
  });

  test("does not keep a handler from its end", async () => {
    const gate = withResolvers<number>();
    const pumped = await new Pumped(async () => gate.promise).push(...begin());
    pumped.pump.requestSuspension();
    gate.resolve(5);
    await rest();
    expect(pumped.sent).toEqual([output(5), { kind: "end" }]);
  });
});

test("what cannot be encoded ends the attempt with the reason", async () => {
  const pumped = await new Pumped(async (ctx: Context) => {
    await ctx.sleep({ milliseconds: -1e18 });
  }).push(...begin());
  expect(pumped.kinds.at(-1)).toBe("error");
  expect(pumped.ends).toBe(1);
});

test("headers of the request reach the handler, those of HTTP/2 do not", async () => {
  const run = async (ctx: Context) => [...ctx.request().attemptHeaders];
  const endpoint = createHttpEndpoint({ services: [service({ name: "svc", handlers: { run } })] });
  const headers = {
    ":path": "/invoke/svc/run",
    "content-type": "application/vnd.restate.invocation.v7",
    "x-a": ["1", "2"],
  };
  const request = { method: "POST", path: "/invoke/svc/run", headers };
  const written: Uint8Array[] = [];
  const pump = (endpoint.handle(request, "BIDI_STREAM") as HttpInvocation).open({
    write: (bytes) => written.push(bytes),
    end: (bytes) => written.push(bytes ?? new Uint8Array()),
  });
  pump.push(encodeFrames(begin(), 7));
  await rest();
  expect(Buffer.concat(written).toString("latin1")).toContain('["x-a",["1","2"]]');
  expect(Buffer.concat(written).toString("latin1")).not.toContain(":path");
});

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
