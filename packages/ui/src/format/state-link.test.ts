import { expect, it } from "vitest";
import { stateLink } from "./state-link.ts";

it.each([
  ["cart", "ada", undefined, "/state/cart/ada"],
  ["cart", "a/b c", "s&t", "/state/cart/a%2Fb%20c?scope=s%26t"],
  ["cart", "", undefined, "/state/cart?key="],
  ["cart", ".", undefined, "/state/cart?key=."],
  ["a.b", "..", "s", "/state/a.b?scope=s&key=.."],
  ["cart", "...", undefined, "/state/cart/..."],
] as const)("of %j %j %j is one that a browser leaves as it is", (service, key, scope, link) => {
  expect(stateLink(service, key, scope)).toBe(link);
  const { pathname, search } = new URL(link, "http://localhost");
  expect(pathname + search).toBe(link);
});
