import { describe, expect, it } from "vitest";
import { createConcurrencyLimits } from "./concurrency-limits.ts";
import { createLimitRules } from "./rules/limit-rules.ts";
import { EMPTY_BOOK, putRules } from "./rules/rule-book.ts";

const rules = createLimitRules(
  putRules(
    EMPTY_BOOK,
    Object.entries({ "*": 9, "a/*": 5, "a/x/*": 2 }).map(([pattern, concurrency]) => ({
      pattern,
      concurrency,
      disabled: false,
      precondition: { kind: "none" },
    })),
    1,
  ),
);
const limits = createConcurrencyLimits(
  [
    { service: "Cart", concurrency: 7, handlers: [{ name: "add", concurrency: 3 }] },
    { service: "Mail", handlers: [{ name: "send", concurrency: 1 }] },
  ],
  rules,
);

function target(service: string, handler: string, scope?: string) {
  const rest = { key: "", handlerKind: "service" } as const;
  return { service, handler, ...rest, ...(scope === undefined ? {} : { scope }) };
}

describe("the limits of an invocation", () => {
  it.each([
    [target("Cart", "add"), "", ["handler:Cart/add", "service:Cart"]],
    [target("Cart", "get"), "", ["service:Cart"]],
    [target("Mail", "send"), "x/1", ["handler:Mail/send"]],
    [target("Mail", "list"), "", []],
    [target("Other", "add"), "", []],
    [target("Other", "add", "b"), "x", ["scope:b"]],
    [target("Other", "add", ""), "x", []],
    [
      target("Cart", "add", "a"),
      "x/1",
      ["scope:a/x/1", "scope:a/x", "scope:a", "handler:Cart/add", "service:Cart"],
    ],
  ])("%j with key %j are %j", (of, limitKey, expected) => {
    expect(limits.limitsOf(of, limitKey)).toEqual(expected);
    for (const limiter of limits.limitsOf(of, limitKey)) {
      expect(limits.concurrencyOf(limiter)).toBeGreaterThan(0);
    }
  });

  it.each([
    ["scope:a", 9],
    ["scope:a/x", 5],
    ["scope:a/x/1", 2],
    ["scope:b/x", undefined],
    ["service:Cart", 7],
    ["handler:Cart/add", 3],
    ["handler:Cart/get", undefined],
    ["service:Mail", undefined],
  ])("under %s are %j at a time", (limiter, concurrency) => {
    expect(limits.concurrencyOf(limiter)).toBe(concurrency);
  });
});

it("costs nothing where there are none", () => {
  const none = createConcurrencyLimits([], createLimitRules());
  const of = target("Cart", "add", "a");
  expect(none.limitsOf(of, "x")).toBe(none.limitsOf(of, ""));
});
