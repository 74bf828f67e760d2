/** A handler that goes on using an array that it has given away, or was given. */
import { describe, expect, it, test } from "vitest";
import { type ObjectContext, serde } from "../index.ts";
import { Script } from "../testing/script.ts";
import { deserializeOwn, serializeOwn } from "./own-bytes.ts";

const { binary } = serde;

test("what a handler has set does not change when it writes into its array", async () => {
  const script = await Script.play(
    async (ctx: ObjectContext) => {
      const bytes = Uint8Array.of(1, 2, 3);
      ctx.set("bytes", bytes, binary);
      bytes.fill(9);
      const first = await ctx.get("bytes", binary);
      first?.fill(8);
      return [...((await ctx.get("bytes", binary)) ?? [])];
    },
    { kind: "exclusive", start: { key: "k", stateMap: [], partialState: false } },
  );
  expect(script.result).toEqual([1, 2, 3]);
});

test("views of the same memory are copies too, other values are what the serde made", () => {
  const value = Buffer.from("abc");
  const bytes = serializeOwn(binary, value);
  expect([...bytes]).toEqual([97, 98, 99]);
  expect(bytes.buffer).not.toBe(value.buffer);
  expect(deserializeOwn(binary, bytes).buffer).not.toBe(bytes.buffer);
  const text = { serialize: (v: string) => Buffer.from(v), deserialize: String };
  expect([...serializeOwn(text, "ab")]).toEqual([97, 98]);
});

describe("what a serde of the user's makes keeps its kind, and has memory of its own", () => {
  const buffers = {
    serialize: (value: Buffer) => new Uint8Array(value.buffer, value.byteOffset, value.length),
    deserialize: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  };
  const memory = {
    serialize: (value: ArrayBuffer) => new Uint8Array(value),
    deserialize: (bytes: Uint8Array) => bytes.buffer as ArrayBuffer,
  };
  const views = {
    serialize: (value: DataView) => new Uint8Array(value.buffer, value.byteOffset),
    deserialize: (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset),
  };

  it("a Buffer", () => {
    const bytes = Uint8Array.of(97, 98);
    const value = deserializeOwn(buffers, bytes);
    expect(Buffer.isBuffer(value)).toBe(true);
    value.fill(0);
    expect([...bytes]).toEqual([97, 98]);
    const written = serializeOwn(buffers, value);
    value.fill(9);
    expect([...written]).toEqual([0, 0]);
  });

  it("an ArrayBuffer", () => {
    const bytes = Uint8Array.of(97, 98);
    const value = deserializeOwn(memory, bytes);
    new Uint8Array(value).fill(0);
    expect([...bytes]).toEqual([97, 98]);
    const written = serializeOwn(memory, value);
    new Uint8Array(value).fill(9);
    expect([...written]).toEqual([0, 0]);
  });

  it("a DataView", () => {
    const bytes = Uint8Array.of(97, 98);
    const value = deserializeOwn(views, bytes);
    value.setUint8(0, 0);
    expect([...bytes]).toEqual([97, 98]);
    const written = serializeOwn(views, value);
    value.setUint8(1, 9);
    expect([...written]).toEqual([0, 98]);
  });

  it("a Buffer that happens to lie in Node's pool beside the bytes", () => {
    const copying = { ...buffers, deserialize: (bytes: Uint8Array) => Buffer.from(bytes) };
    const value = deserializeOwn(copying, Buffer.from("ab"));
    expect(value.toString("utf8")).toBe("ab");
  });
});
