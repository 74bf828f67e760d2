import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeAnswer,
  type EndpointRequest,
  encodeEvent,
  LAMBDA_REQUEST_BYTES_MAX,
  refuseBody,
} from "./event.ts";
import { LambdaError, type LambdaErrorKind } from "./lambda-error.ts";
import { compressZstd, decompressZstd } from "./zstd.ts";

const MIB = 2 ** 20;

function requestOf(body: Uint8Array): EndpointRequest {
  return { method: "POST", path: "/invoke/S/h", headers: { "x-a": "1" }, body };
}

async function encode(body: Uint8Array, compressFrom?: number) {
  const payload = await encodeEvent(requestOf(body), compressFrom);
  return JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
}

function decode(answer: unknown, bytesMax = MIB) {
  return decodeAnswer(new TextEncoder().encode(JSON.stringify(answer)), bytesMax);
}

async function failure(promise: Promise<unknown>, kind: LambdaErrorKind): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LambdaError);
  expect((error as LambdaError).kind).toBe(kind);
  return (error as LambdaError).message;
}

/** Bytes that no compression makes smaller, the same each time. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}

describe("an event", () => {
  it("is a request as AWS Lambda has it", async () => {
    expect(await encode(Uint8Array.of(0, 255, 1))).toEqual({
      path: "/invoke/S/h",
      httpMethod: "POST",
      headers: { "x-a": "1" },
      body: "AP8B",
      isBase64Encoded: true,
    });
  });

  it("has a body of only its own bytes, where they lie among others", async () => {
    const among = new Uint8Array(64).fill(1).subarray(8, 11);
    expect((await encode(among)).body).toBe("AQEB");
  });

  it("is compressed from a size on, if the endpoint can read it", async () => {
    const body = new Uint8Array(1000).fill(7);
    expect((await encode(body, 1001)).headers).toEqual({ "x-a": "1", "accept-encoding": "zstd" });
    const { headers, body: text } = await encode(body, 1000);
    expect(headers).toMatchObject({ "accept-encoding": "zstd", "content-encoding": "zstd" });
    const carried = Buffer.from(String(text), "base64");
    expect(carried.length).toBeLessThan(100);
    expect(await decompressZstd(carried, 1000)).toEqual(body);
  });

  it("is refused with its size when it is larger than AWS Lambda takes", async () => {
    const text = await failure(encode(new Uint8Array(5 * MIB)), "requestTooLarge");
    const [, bytes] = /takes (\d+) bytes, and/.exec(text) ?? [];
    expect(Number(bytes)).toBeGreaterThan(LAMBDA_REQUEST_BYTES_MAX);
    expect(text).toContain(`at most ${LAMBDA_REQUEST_BYTES_MAX} bytes`);
    await encode(new Uint8Array(5 * MIB), MIB);
    const vain = await failure(encode(noise(5 * MIB), MIB), "requestTooLarge");
    expect(vain).toContain("although compressed");
    expect(refuseBody(9_000_000).message).toContain("takes 12000000 bytes");
  });
});

describe("an answer", () => {
  it("is read in base64 or as text, with or without headers", async () => {
    expect(await decode({ statusCode: 200, body: "AP8B", isBase64Encoded: true })).toEqual({
      status: 200,
      headers: new Map(),
      body: Buffer.from([0, 255, 1]),
    });
    const plain = await decode({ statusCode: 404, headers: { "X-A": "1" }, body: "nö" });
    expect(plain).toMatchObject({ status: 404, headers: new Map([["x-a", "1"]]) });
    expect(Buffer.from(plain.body).toString()).toBe("nö");
    expect((await decode({ statusCode: 204, headers: null, body: null })).body).toHaveLength(0);
  });

  it("is decompressed if it says so, up to a bound", async () => {
    const body = new Uint8Array(100_000).fill(3);
    const answer = {
      statusCode: 200,
      headers: { "Content-Encoding": "zstd" },
      body: Buffer.from(await compressZstd(body)).toString("base64"),
      isBase64Encoded: true,
    };
    expect(Buffer.from((await decode(answer)).body).equals(body)).toBe(true);
    const text = await failure(decode(answer, 99_999), "responseTooLarge");
    expect(text).toContain("larger than 99999 bytes");
    const garbled = { ...answer, body: Buffer.from("no zstd at all").toString("base64") };
    await failure(decode(garbled), "malformed");
  });

  it.each(["no JSON", null, 7, [], {}, { statusCode: "200" }, { statusCode: 200, body: 7 }])(
    "is none: %j",
    async (answer) => {
      const text = await failure(decode(answer), "malformed");
      expect(text).toContain("is its handler the one of the SDK");
    },
  );
});

describe("zstd", () => {
  it("gives back what was compressed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        const compressed = await compressZstd(bytes);
        expect(Buffer.from(await decompressZstd(compressed, 5000)).equals(bytes)).toBe(true);
      }),
    );
  });

  it.each([0, 1, 255, 256, 65_791, 65_792, 3 * MIB])("reads a size of %d", async (size) => {
    const compressed = await compressZstd(new Uint8Array(size).fill(5));
    expect(await decompressZstd(compressed, size)).toHaveLength(size);
    if (size === 0) return;
    await expect(decompressZstd(compressed, size - 1)).rejects.toThrow(RangeError);
  });

  it("bounds what does not say its size", async () => {
    const { Zstd } = await import("@hpcc-js/wasm-zstd");
    const zstd = await Zstd.load();
    zstd.reset();
    const chunk = new Uint8Array(2 * MIB).fill(1);
    const streamed = Buffer.concat([zstd.compressChunk(chunk), zstd.compressEnd()]);
    expect(Buffer.from(await decompressZstd(streamed, 2 * MIB)).equals(chunk)).toBe(true);
    await expect(decompressZstd(streamed, 2 * MIB - 1)).rejects.toThrow(RangeError);
  });
});
