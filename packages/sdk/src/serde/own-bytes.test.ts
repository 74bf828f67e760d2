/** A handler that goes on using an array that it has given away, or was given. */
import { expect, test } from "vitest";
import { type ObjectContext, serde } from "../index.ts";
import { Script } from "../testing/script.ts";

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

test("views of the same memory are copies too, other values are what the serde made", async () => {
  const { deserializeOwn, serializeOwn } = await import("./own-bytes.ts");
  const value = Buffer.from("abc");
  const bytes = serializeOwn(binary, value);
  expect([...bytes]).toEqual([97, 98, 99]);
  expect(bytes.buffer).not.toBe(value.buffer);
  expect(deserializeOwn(binary, bytes).buffer).not.toBe(bytes.buffer);
  const text = { serialize: (v: string) => Buffer.from(v), deserialize: String };
  expect([...serializeOwn(text, "ab")]).toEqual([97, 98]);
});
