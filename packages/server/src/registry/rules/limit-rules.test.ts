import { describe, expect, it } from "vitest";
import { createLimitRules } from "./limit-rules.ts";
import { EMPTY_BOOK, putRules } from "./rule-book.ts";
import { problemOfPattern } from "./rule-pattern.ts";

/** `{pattern: concurrency}`; `undefined` for a rule without a limit, "disabled" for one of 1. */
function rulesOf(limits: Readonly<Record<string, number | undefined | "disabled">>) {
  const changes = Object.entries(limits).map(([pattern, limit]) => ({
    pattern,
    ...(limit === undefined ? {} : { concurrency: limit === "disabled" ? 1 : limit }),
    disabled: limit === "disabled",
    precondition: { kind: "none" } as const,
  }));
  const rules = createLimitRules(putRules(EMPTY_BOOK, changes, 1));
  return (scope: string, limitKey?: string) =>
    Object.fromEntries(
      rules.limitsOf(scope, limitKey).map(({ path, concurrency }) => [path, concurrency]),
    );
}

describe("the rule of an invocation", () => {
  it("holds at its own depth alone", () => {
    const limits = rulesOf({ "*": 9, "a/*": 5, "a/x/*": 2 });
    expect(limits("a")).toEqual({ a: 9 });
    expect(limits("a", "x")).toEqual({ a: 9, "a/x": 5 });
    expect(limits("a", "x/1")).toEqual({ a: 9, "a/x": 5, "a/x/1": 2 });
    expect(limits("b", "x/1")).toEqual({ b: 9 });
  });

  it("is the most specific: the scope before level 1 before level 2", () => {
    const all = {
      "*/*/*": 1,
      "*/*/2": 2,
      "*/1/*": 3,
      "*/1/2": 4,
      "s/*/*": 5,
      "s/*/2": 6,
      "s/1/*": 7,
      "s/1/2": 8,
    };
    const order = Object.keys(all) as (keyof typeof all)[];
    while (order.length > 0) {
      const held = Object.fromEntries(order.map((pattern) => [pattern, all[pattern]]));
      expect(rulesOf(held)("s", "1/2")).toEqual({ "s/1/2": order.length });
      order.pop();
    }
    expect(rulesOf({})("s", "1/2")).toEqual({});
  });

  it("may be disabled, or have no limit", () => {
    expect(rulesOf({ "*": 3, s: "disabled" })("s")).toEqual({ s: 3 });
    expect(rulesOf({ "*": 3, s: undefined })("s")).toEqual({});
  });
});

describe("a pattern", () => {
  it.each(["a", "*", "a/*/*", "*/b", "A-z_0.9/x", "a".repeat(36)])("may be %s", (text) => {
    expect(problemOfPattern(text)).toBeUndefined();
  });

  it.each([
    ["", "empty"],
    ["a/", "empty"],
    ["a//b", "empty"],
    ["a b", "letters"],
    ["a*", "letters"],
    ["ä", "letters"],
    ["a/b/c/d", "at most 3"],
    ["a".repeat(37), "longer than 36"],
  ])("may not be %j", (text, problem) => {
    expect(problemOfPattern(text)).toContain(problem);
  });
});
