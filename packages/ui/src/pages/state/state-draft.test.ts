import type { StateValue } from "@rejoin/client";
import { expect, it } from "vitest";
import { breaksJson, isChanged, problemOf, toDraft, toNewState } from "./state-draft.ts";

const value = (key: string, bytes: readonly number[]): StateValue => ({
  key,
  value: btoa(String.fromCharCode(...bytes)),
  length: bytes.length,
});
const text = (content: string) => [...new TextEncoder().encode(content)];
const entries = [value("cart", text('{"items":[ 1 ]}')), value("blob", [0, 255])];

it("leaves the bytes of what was not touched", () => {
  const draft = toDraft(entries);
  expect(isChanged(draft, entries)).toBe(false);
  expect(toNewState(draft)).toEqual({ cart: text('{"items":[ 1 ]}'), blob: [0, 255] });
});

it("takes what was edited, added and removed", () => {
  const [cart] = toDraft(entries);
  if (cart === undefined) throw new Error("there is no draft");
  const added = { key: "note", text: "plain text", bytes: undefined, original: undefined };
  const draft = [{ ...cart, text: '{ "items": [] }' }, added];
  expect(isChanged(draft, entries)).toBe(true);
  expect(toNewState(draft)).toEqual({ cart: text('{"items":[]}'), note: text("plain text") });
});

it("says what is wrong", () => {
  const [cart, blob] = toDraft(entries);
  if (cart === undefined || blob === undefined) throw new Error("there is no draft");
  expect(problemOf([cart, blob])).toBeUndefined();
  expect(problemOf([cart, { ...blob, key: "cart" }])).toBe("there are two values named cart");
  expect(problemOf([{ ...cart, key: "" }])).toBe("every value needs a name");
  expect(breaksJson({ ...cart, text: "{" })).toBe(true);
  expect(breaksJson(cart)).toBe(false);
});
