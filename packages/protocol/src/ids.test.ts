import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdError, type IdErrorCode } from "./id-error.ts";
import {
  createInvocationKey,
  formatAwakeableId,
  formatDeploymentId,
  formatInvocationId,
  type InvocationKey,
  invocationKeyFromBytes,
  invocationKeyToBytes,
  parseAwakeableId,
  parseDeploymentId,
  parseInvocationId,
  partitionKeyOf,
  randomSeedOf,
} from "./ids.ts";
import type { Uint64 } from "./messages.ts";
import { partitionKeyOfIdempotentRequest, partitionKeyOfKey } from "./partition-keys.ts";
import { deterministicUuid } from "./uuids.ts";

const PUBLISHED = "1dd9f67a5b555477b6ee4dafb031cc2a26c805e9fa3a9aa5";
const PUBLISHED_TEXT = "inv_1afbDGeygs3j52udtPGH4rqAXvyBTaRT26";
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

const id24 = fc.oneof(
  fc.uint8Array({ minLength: 24, maxLength: 24 }),
  fc.constant(new Uint8Array(24)),
  fc.constant(new Uint8Array(24).fill(255)),
);

describe("published vectors", () => {
  test("an invocation id and its random seed", () => {
    const key = invocationKeyFromBytes(fromHex(PUBLISHED));
    expect(formatInvocationId(key)).toBe(PUBLISHED_TEXT);
    expect(toHex(invocationKeyToBytes(parseInvocationId(PUBLISHED_TEXT)))).toBe(PUBLISHED);
    expect(toBigInt(randomSeedOf(key))).toBe(8409765654264202538n);
  });

  test("a service's request with an idempotency key", () => {
    const uuid = deterministicUuid({
      kind: "idempotentRequest",
      service: "Svc",
      handler: "echo",
      idempotencyKey: "k2",
    });
    const key = createInvocationKey(partitionKeyOfIdempotentRequest("Svc", "k2"), uuid);
    expect(formatInvocationId(key)).toBe("inv_13jFkeeDCdPu6VqIAeohS5vD2lkfAGNNSD");
  });

  test("a workflow's run", () => {
    const uuid = deterministicUuid({ kind: "workflow", name: "Wf", key: "w1" });
    const key = createInvocationKey(partitionKeyOfKey("w1"), uuid);
    expect(formatInvocationId(key)).toBe("inv_12kpUQONmeFb2WqsVOkAjH4phS34cOyIC8");
  });

  test("the text of an object's invocation begins with its key's hash", () => {
    const key = createInvocationKey(partitionKeyOfKey("a/b"), new Uint8Array(16));
    expect(formatInvocationId(key)).toMatch(/^inv_11lOI75rH4tO/);
  });

  test("an awakeable", () => {
    const key = parseInvocationId("inv_17rPeBWsZ6pt4owrMGxHBLSYIhiZnvfEge");
    const text = "sign_1G-MOFifMwlZmO-It7-JRrNkGpPZPbmyQAAAAEQ";
    expect(formatAwakeableId(key, 17)).toBe(text);
    expect(parseAwakeableId(text)).toEqual({ kind: "signal", invocationKey: key, signalIndex: 17 });
  });
});

describe("invocation ids", () => {
  test("bytes, key and text are one and the same", () => {
    const property = fc.property(id24, (bytes) => {
      const key = invocationKeyFromBytes(bytes);
      expect(key).toHaveLength(24);
      expect(invocationKeyToBytes(key)).toEqual(bytes);
      const text = formatInvocationId(key);
      expect(text).toBe(`inv_1${base62(bytes.subarray(0, 8), 11)}${base62(bytes.subarray(8), 22)}`);
      expect(parseInvocationId(text)).toBe(key);
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("keys sort as their bytes do", () => {
    const property = fc.property(id24, id24, (a, b) => {
      const order = Buffer.compare(a, b);
      const [left, right] = [invocationKeyFromBytes(a), invocationKeyFromBytes(b)];
      expect(left < right ? -1 : left > right ? 1 : 0).toBe(order);
    });
    fc.assert(property);
  });

  test("a key gives its partition key back", () => {
    const half = fc.integer({ min: 0, max: 0xffff_ffff });
    const property = fc.property(half, half, id24, (high, low, bytes) => {
      const key = createInvocationKey({ high, low }, bytes.subarray(8));
      expect(partitionKeyOf(key)).toEqual({ high, low });
      expect(invocationKeyToBytes(key).subarray(8)).toEqual(bytes.subarray(8));
    });
    fc.assert(property);
  });

  test.each<[string, IdErrorCode, string]>([
    ["", "BAD_FORMAT", "bad format"],
    ["inv1abc", "BAD_FORMAT", "bad format"],
    ["foo_1abc", "UNRECOGNIZED_TYPE", "unrecognized resource type: foo"],
    ["_1abc", "UNRECOGNIZED_TYPE", "unrecognized resource type: "],
    ["inv_", "BAD_LENGTH", "bad length"],
    [
      "inv_2afbDGeygs3j52udtPGH4rqAXvyBTaRT26",
      "UNRECOGNIZED_VERSION",
      "unrecognized codec version",
    ],
    ["dp_11nGQpCRmau6ypL82KH2TnP", "WRONG_TYPE", "id doesn't match the expected type"],
    [PUBLISHED_TEXT.slice(0, -1), "BAD_LENGTH", "bad length"],
    [`${PUBLISHED_TEXT}0`, "BAD_LENGTH", "bad length"],
    [PUBLISHED_TEXT.replace("b", "-"), "BAD_BASE62", "base62 decode error"],
    [PUBLISHED_TEXT.replace("b", "ü"), "BAD_BASE62", "base62 decode error"],
    [`inv_1${"Z".repeat(33)}`, "BAD_BASE62", "base62 decode error"],
    [`inv_1${"0".repeat(11)}${"Z".repeat(22)}`, "BAD_BASE62", "base62 decode error"],
  ])("%s is refused", (text, code, message) => {
    const error = faultOf(() => parseInvocationId(text));
    expect(error.code).toBe(code);
    expect(error.message).toBe(message);
  });

  test("any text is an id or an IdError", () => {
    const tail = fc.string({ unit: fc.constantFrom(...DIGITS, "_", "-"), maxLength: 45 });
    const property = fc.property(fc.constantFrom("inv_1", "sign_1", "prom_1", ""), tail, (a, b) => {
      for (const parse of [parseInvocationId, parseAwakeableId, parseDeploymentId]) {
        try {
          parse(a + b);
        } catch (error) {
          expect(error).toBeInstanceOf(IdError);
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("bytes of another length are refused", () => {
    expect(faultOf(() => invocationKeyFromBytes(new Uint8Array(23))).code).toBe("BAD_LENGTH");
    const zero: Uint64 = { high: 0, low: 0 };
    expect(faultOf(() => createInvocationKey(zero, new Uint8Array(15))).code).toBe("BAD_LENGTH");
  });
});

describe("other ids", () => {
  test("deployment ids", () => {
    const property = fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = formatDeploymentId(bytes);
      expect(text).toBe(`dp_1${base62(bytes, 22)}`);
      expect(parseDeploymentId(text)).toEqual(bytes);
    });
    fc.assert(property);
    expect(faultOf(() => formatDeploymentId(new Uint8Array(8))).code).toBe("BAD_LENGTH");
    expect(faultOf(() => parseDeploymentId(PUBLISHED_TEXT)).code).toBe("WRONG_TYPE");
    expect(faultOf(() => parseDeploymentId("dp_1abc")).code).toBe("BAD_LENGTH");
    expect(faultOf(() => parseDeploymentId(`dp_1${"-".repeat(22)}`)).code).toBe("BAD_BASE62");
  });

  test("awakeable ids, the legacy kind too", () => {
    const index = fc.integer({ min: 0, max: 0xffff_ffff });
    const property = fc.property(id24, index, (bytes, number) => {
      const invocationKey: InvocationKey = invocationKeyFromBytes(bytes);
      const text = formatAwakeableId(invocationKey, number);
      const tail = Buffer.alloc(4);
      tail.writeUInt32BE(number);
      expect(text).toBe(`sign_1${Buffer.concat([bytes, tail]).toString("base64url")}`);
      expect(parseAwakeableId(text)).toEqual({
        kind: "signal",
        invocationKey,
        signalIndex: number,
      });
      expect(parseAwakeableId(text.replace("sign", "prom"))).toEqual({
        kind: "entry",
        invocationKey,
        entryIndex: number,
      });
    });
    fc.assert(property);
  });

  test.each<[string, IdErrorCode]>([
    ["sign_1abc", "BAD_LENGTH"],
    [`sign_1${"A".repeat(37)}+`, "BAD_BASE64"],
    [`sign_1${"A".repeat(37)}B`, "BAD_BASE64"],
    [PUBLISHED_TEXT, "WRONG_TYPE"],
    ["sign", "BAD_FORMAT"],
  ])("the awakeable id %s is refused", (text, code) => {
    expect(faultOf(() => parseAwakeableId(text)).code).toBe(code);
  });
});

/** The definition: the bytes as a little-endian integer, in base 62. */
function base62(bytes: Uint8Array, width: number): string {
  let rest = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  let text = "";
  for (; rest > 0n; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text.padStart(width, "0");
}

function faultOf(run: () => unknown): IdError {
  try {
    run();
  } catch (error) {
    if (error instanceof IdError) return error;
    throw error;
  }
  throw new Error("no error was raised");
}

function toBigInt({ high, low }: Uint64): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

function toHex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}
