import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeBody, encodeBody, encodeFrame } from "./codec.ts";
import { FrameParser } from "./frames.ts";
import { PROTOCOL_VERSIONS } from "./http.ts";
import { MAX_FUTURE_DEPTH, MESSAGE_ELEMENTS_MAX } from "./limits.ts";
import { messageCode } from "./message-kinds.ts";
import type { Future, Message, MessageKind, ProtocolVersion } from "./messages.ts";
import { ProtocolError, type ProtocolErrorCode } from "./protocol-error.ts";
import { MESSAGE_SCHEMAS } from "./schema.ts";
import { asReceived } from "./testing/as-received.ts";
import { bytes, SAMPLES } from "./testing/samples.ts";

const GOLDEN = new URL("./testdata/frames.txt", import.meta.url);

describe("golden frames", () => {
  const rendered = `${renderSamples().join("\n")}\n`;
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(GOLDEN, rendered);
  const golden = readFileSync(GOLDEN, "utf8");

  test("every message encodes to the pinned bytes", () => {
    expect(rendered).toBe(golden);
  });

  test("the pinned bytes decode to the messages", () => {
    const samples = new Map(SAMPLES);
    for (const line of golden.trim().split("\n")) {
      const [name = "", version = "", frame = ""] = line.split(" | ");
      const [parsed] = new FrameParser().push(fromHex(frame));
      if (parsed === undefined) throw new Error(`no frame in ${line}`);
      const v = Number(version) as ProtocolVersion;
      const message = decodeBody(parsed.code, parsed.flags, parsed.body, v);
      expect(message).toEqual(asReceived(samples.get(name) as Message, v));
    }
  });
});

describe("frames written by hand from the specification", () => {
  test.each<[string, Message, ProtocolVersion, string]>([
    [
      "suspension on completion 1 or cancel, version 6",
      { kind: "suspension", awaitingOn: flat([1], [1]) },
      6,
      "0001000000000006 0a0101 120101",
    ],
    [
      "the same as a tree, version 7",
      { kind: "suspension", awaitingOn: { ...flat([3], [1]), combinator: 1 } },
      7,
      "000100000000000a 2208 0a0103 120101 2801",
    ],
    [
      "call",
      {
        kind: "call",
        name: "",
        service: "Svc",
        handler: "sleepy",
        parameter: bytes("300"),
        headers: [],
        key: "",
        invocationIdCompletionId: 1,
        resultCompletionId: 2,
      },
      6,
      "040d000000000016 0a03537663 1206736c65657079 1a03333030 5001 5802",
    ],
    [
      "run proposal that asks for an acknowledgement",
      {
        kind: "proposeRunCompletion",
        completionId: 1,
        result: { kind: "value", value: bytes("41") },
        requestAck: true,
      },
      7,
      "0005800000000006 0801 72023431",
    ],
    [
      "cancel",
      { kind: "signal", signalIndex: 1, result: { kind: "void" } },
      6,
      "fbff000000000004 1001 2200",
    ],
    [
      "rejected awakeable",
      {
        kind: "signal",
        signalIndex: 17,
        result: { kind: "failure", failure: { code: 500, message: "no" } },
      },
      6,
      "fbff00000000000b 1011 3207 08f403 12026e6f",
    ],
  ])("%s", (_, message, version, frame) => {
    expect(toHex(encodeFrame(message, version))).toBe(frame.replaceAll(" ", ""));
  });
});

describe("decoding", () => {
  test("payloads are views of the input", () => {
    const body = encodeBody({ kind: "setState", name: "", key: bytes("k"), value: bytes("v") }, 6);
    const message = decodeBody(messageCode("setState"), 0, body, 6);
    if (message.kind !== "setState") throw new Error(message.kind);
    expect(message.value.buffer).toBe(body.buffer);
    expect(message.key.buffer).toBe(body.buffer);
  });

  test("unknown fields of every wire type are skipped", () => {
    const unknown = "a00601 a1060102030405060708 a20602ffff a50601020304";
    expect(decode("commandAck", `${unknown} 0804`)).toEqual({
      kind: "commandAck",
      commandIndex: 4,
    });
  });

  test("repeated numbers may be packed, single, or both", () => {
    const message = decode("suspension", "0801 0a020203 0804", 6);
    expect(message).toEqual({ kind: "suspension", awaitingOn: flat([1, 2, 3, 4], []) });
  });

  test("the last of several values counts", () => {
    expect(decode("commandAck", "0804 0805")).toEqual({ kind: "commandAck", commandIndex: 5 });
    const signal = decode("signal", "1001 1a0161 2200 2a030a0162");
    expect(signal).toEqual({
      kind: "signal",
      signalName: "a",
      result: { kind: "value", value: bytes("b") },
    });
  });

  test("enum numbers of later versions read as the default", () => {
    expect(decode("error", "4807")).toMatchObject({ behavior: 0 });
    expect(decode("error", "48ffffffffffffffffff01")).toMatchObject({ behavior: 0 });
  });

  test("the ack flag counts only where it means something", () => {
    expect(decodeBody(messageCode("run"), 0x8000, fromHex("5801"), 6)).toMatchObject({
      requestAck: true,
    });
    expect(decodeBody(messageCode("commandAck"), 0x8001, fromHex("0801"), 6)).toEqual({
      kind: "commandAck",
      commandIndex: 1,
    });
  });

  test("the behavior of an error is honoured in every version", () => {
    for (const version of PROTOCOL_VERSIONS) {
      expect(decode("error", "4802", version)).toMatchObject({ behavior: 2 });
    }
  });

  test("all 64 bits of the seed survive", () => {
    const start = decode("start", "48 feffffffffffffffff01");
    expect(start).toMatchObject({ randomSeed: { high: 0xffff_ffff, low: 0xffff_fffe } });
  });

  test("values and keys of state that are left out are empty", () => {
    expect(decode("setState", "")).toMatchObject({ key: bytes(""), value: bytes("") });
    expect(decode("getEagerStateKeys", "")).toMatchObject({ keys: [] });
  });
});

describe("malformed bodies", () => {
  test.each<[MessageKind, string, ProtocolErrorCode, string]>([
    ["call", "0a", "TRUNCATED", "CallCommandMessage: field service_name ends inside a varint"],
    ["call", "0a05616263", "INVALID_LENGTH", "field service_name claims 5 bytes, 3 are left"],
    ["call", "0801", "WRONG_WIRE_TYPE", "field service_name has wire type varint"],
    ["call", "52020102", "WRONG_WIRE_TYPE", "field invocation_id_notification_idx has wire type"],
    ["call", "0a01ff", "INVALID_UTF8", "CallCommandMessage: field service_name is not valid"],
    ["call", "2205 0a03ffffff", "INVALID_UTF8", "malformed Header: field key is not valid UTF-8"],
    ["call", "2203 0a0361", "INVALID_LENGTH", "Header: field key claims 3 bytes, 1 are left"],
    ["call", "58ffffffff10", "NUMBER_OUT_OF_RANGE", "field result_completion_id exceeds 2^32"],
    ["sleep", "08ffffffffffffffffff01", "NUMBER_OUT_OF_RANGE", "field wake_up_time exceeds 2^53"],
    ["sleep", "0880808080808080808002", "INVALID_VARINT", "field wake_up_time holds a varint"],
    ["sleep", "08ffffffffffffffffffff01", "INVALID_VARINT", "field wake_up_time holds a varint"],
    ["sleep", "0001", "INVALID_TAG", "SleepCommandMessage: field number 0"],
    ["sleep", "a306", "INVALID_TAG", "field 100 has wire type 3"],
    ["sleep", "a1060102", "TRUNCATED", "field 100 ends early"],
    ["proposeRunCompletion", "0801", "MISSING_FIELD", "ProposeRunCompletionMessage: result is"],
    ["output", "", "MISSING_FIELD", "OutputCommandMessage: result is missing"],
    ["completePromise", "", "MISSING_FIELD", "completion is missing"],
    ["completeAwakeable", "", "MISSING_FIELD", "result is missing"],
    ["getEagerState", "", "MISSING_FIELD", "result is missing"],
    ["attachInvocation", "5801", "MISSING_FIELD", "target is missing"],
    ["sendSignal", "1001", "MISSING_FIELD", "SendSignalCommandMessage: result is missing"],
    ["signal", "2200", "MISSING_FIELD", "SignalNotification: signal_id is missing"],
    ["sleepCompletion", "0801", "MISSING_FIELD", "SleepCompletion: result is missing"],
    ["sleepCompletion", "0801 2a00", "MISSING_FIELD", "SleepCompletion: result is missing"],
    ["awaitingOn", "1001", "MISSING_FIELD", "AwaitingOnMessage: awaiting_on is missing"],
    ["suspension", "0a0101", "MISSING_FIELD", "SuspensionMessage: awaiting_on is missing"],
  ])("%s %s → %s", (kind, body, code, text) => {
    const error = faultOf(() => decode(kind, body));
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
    expect(error.reportedAs).toBe("RT0012");
  });

  test("trees up to the limit pass, deeper ones have their own error", () => {
    const message = (depth: number): Message => ({ kind: "suspension", awaitingOn: tree(depth) });
    const deepest = encodeBody(message(MAX_FUTURE_DEPTH), 7);
    expect(decodeBody(1, 0, deepest, 7)).toEqual(message(MAX_FUTURE_DEPTH));
    for (const version of PROTOCOL_VERSIONS) {
      const tooDeep = faultOf(() => encodeBody(message(MAX_FUTURE_DEPTH + 1), version));
      expect(tooDeep.code).toBe("FUTURE_TOO_DEEP");
    }
    const error = faultOf(() => decodeBody(1, 0, nestedBytes(MAX_FUTURE_DEPTH + 1), 7));
    expect(error.code).toBe("FUTURE_TOO_DEEP");
    expect(error.reportedAs).toBe("RT0025");
  });

  test("repeated elements are counted over the whole message", () => {
    const body = new Uint8Array(MESSAGE_ELEMENTS_MAX + 6);
    body.set([0x0a, 0x81, 0x80, 0x40]);
    const most = body.slice(0, -1);
    most[1] = 0x80;
    most[4] = 0;
    expect(faultOf(() => decodeBody(1, 0, body.subarray(0, -1), 6)).code).toBe("TOO_MANY_ELEMENTS");
    expect(() => decodeBody(1, 0, most.subarray(0, -1), 6)).not.toThrow();
  });
});

describe("what a version does not have", () => {
  test.each<[Message]>([
    [{ kind: "awaitingOn", awaitingOn: flat([1], []), executingSideEffects: false }],
    [{ kind: "proposeRunCompletionAck", completionId: 1 }],
  ])("$kind is refused before version 7", (message) => {
    for (const version of [5, 6] as const) {
      const error = faultOf(() => encodeBody(message, version));
      expect(error.code).toBe("UNSUPPORTED_VERSION");
      expect(error.message).toContain("needs protocol version 7");
      const body = encodeBody(message, 7);
      const decodeFault = faultOf(() => decodeBody(messageCode(message.kind), 0, body, version));
      expect(decodeFault.code).toBe("UNSUPPORTED_VERSION");
    }
  });
});

describe("messages that cannot be encoded", () => {
  test.each<[string, Message, ProtocolErrorCode]>([
    [
      "a completion with another's result",
      { kind: "sleepCompletion", completionId: 1, result: { kind: "value", value: bytes("") } },
      "INVALID_RESULT",
    ],
    ["a signal without id", { kind: "signal", result: { kind: "void" } }, "MISSING_FIELD"],
    ["a negative number", { kind: "commandAck", commandIndex: -1 }, "NUMBER_OUT_OF_RANGE"],
    ["a fraction", { kind: "commandAck", commandIndex: 1.5 }, "NUMBER_OUT_OF_RANGE"],
    ["no number", { kind: "commandAck", commandIndex: Number.NaN }, "NUMBER_OUT_OF_RANGE"],
    [
      "a time after 2^53",
      { kind: "sleep", name: "", wakeUpTime: 2 ** 53, resultCompletionId: 1 },
      "NUMBER_OUT_OF_RANGE",
    ],
  ])("%s", (_, message, code) => {
    expect(faultOf(() => encodeFrame(message, 7)).code).toBe(code);
    expect(toHex(encodeFrame({ kind: "end" }, 7))).toBe("0003000000000000");
  });
});

test.each([0, 63, 64, 65, 4_000, 5_000, 16_384, 70_000, 300_000])(
  "a payload of %i bytes",
  (length) => {
    const value = new Uint8Array(length).fill(7);
    const message: Message = { kind: "output", name: "n", result: { kind: "value", value } };
    const body = encodeBody(message, 6);
    const decoded = decodeBody(messageCode("output"), 0, body, 6);
    if (decoded.kind !== "output" || decoded.result.kind !== "value") throw new Error("no value");
    expect(Buffer.compare(decoded.result.value, value)).toBe(0);
    expect(body.buffer.byteLength).toBeLessThanOrEqual(Math.max(16_384, length * 1.25));
  },
);

function renderSamples(): string[] {
  return SAMPLES.flatMap(([name, message]) =>
    PROTOCOL_VERSIONS.filter((version) => version >= MESSAGE_SCHEMAS[message.kind].since).map(
      (version) => `${name} | ${version} | ${toHex(encodeFrame(message, version))}`,
    ),
  );
}

function decode(kind: MessageKind, hex: string, version: ProtocolVersion = 7): Message {
  return decodeBody(messageCode(kind), 0, fromHex(hex), version);
}

function flat(completions: readonly number[], signals: readonly number[]): Future {
  return { combinator: 0, completions, signals, namedSignals: [], nested: [] };
}

function tree(depth: number): Future {
  let node = flat([1], []);
  for (let level = 1; level < depth; level++) node = { ...flat([], []), nested: [node] };
  return node;
}

/** A version 7 Suspension whose tree has `depth` levels. */
function nestedBytes(depth: number): Uint8Array {
  let body: number[] = [];
  for (let level = 0; level < depth; level++) {
    const { length } = body;
    body = [0x22, (length & 127) | 128, length >>> 7, ...body];
  }
  return Uint8Array.from(body);
}

function faultOf(run: () => unknown): ProtocolError {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error("no error was raised");
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

function toHex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}
