import { describe, expect, it } from "vitest";
import { EMPTY_BOOK, putRules, type RuleBook, type RuleChange, removeRules } from "./rule-book.ts";

function change(pattern: string, rest: Partial<RuleChange> = {}): RuleChange {
  return { pattern, disabled: false, precondition: { kind: "none" }, ...rest };
}

function bookOf(...changes: readonly RuleChange[]): RuleBook {
  return putRules(EMPTY_BOOK, changes, 1);
}

const matches = (version: number) => ({ kind: "matches", version }) as const;
const doesNotExist = { kind: "doesNotExist" } as const;

describe("rules", () => {
  it("are created and replaced, each with the version of its last change", () => {
    const book = bookOf(change("a", { concurrency: 3, description: "why" }), change("a/*"));
    expect(book).toEqual({
      version: 2,
      rules: [
        {
          pattern: "a",
          concurrency: 3,
          description: "why",
          disabled: false,
          version: 1,
          modifiedAt: 1,
        },
        { pattern: "a/*", disabled: false, version: 2, modifiedAt: 1 },
      ],
    });
    const after = putRules(book, [change("a", { disabled: true })], 9);
    expect(after.version).toBe(3);
    expect(after.rules).toEqual([
      { pattern: "a", disabled: true, version: 3, modifiedAt: 9 },
      book.rules[1],
    ]);
  });

  it("that are what they should be are left alone", () => {
    const wanted = [change("a", { concurrency: 3 }), change("b", { description: "x" })];
    const book = bookOf(...wanted);
    expect(putRules(book, wanted, 9)).toBe(book);
    expect(putRules(book, [], 9)).toBe(book);
  });

  it("of one pattern are changed in order", () => {
    const book = bookOf(change("a", { concurrency: 1 }), change("a", { concurrency: 2 }));
    expect(book.rules).toMatchObject([{ pattern: "a", concurrency: 2, version: 2 }]);
  });

  it.each([
    ["a", matches(2), "rule a must have version 2, but it has version 1"],
    ["a", doesNotExist, "rule a must not exist, but it has version 1"],
    ["new", matches(1), "rule new must have version 1, but it does not exist"],
  ])("are changed all or none: %s, %j", (pattern, precondition, message) => {
    const book = bookOf(change("a"));
    const refused = [change("b"), change(pattern, { precondition, concurrency: 5 })];
    const fails = () => putRules(book, refused, 9);
    expect(fails).toThrow(expect.objectContaining({ status: 409 }));
    expect(fails).toThrow(message);
    expect(book.rules).toHaveLength(1);
  });

  it("are changed when a precondition holds", () => {
    const book = bookOf(change("a"));
    const after = putRules(
      book,
      [
        change("a", { concurrency: 5, precondition: matches(1) }),
        change("b", { precondition: doesNotExist }),
      ],
      9,
    );
    expect(after.rules.map(({ version }) => version)).toEqual([2, 3]);
  });

  it("are 10,000 at most", () => {
    const changes = Array.from({ length: 10_000 }, (_, i) => change(`s${i}`));
    const full = bookOf(...changes);
    expect(putRules(full, [change("s1", { concurrency: 1 })], 9).rules).toHaveLength(10_000);
    expect(() => putRules(full, [change("more")], 9)).toThrow(
      expect.objectContaining({ status: 422, message: expect.stringContaining("10001 rules") }),
    );
  });
});

describe("a removal", () => {
  const book = bookOf(change("a"), change("b"), change("c"));

  it("says what was there", () => {
    const { book: after, removed } = removeRules(book, [
      { pattern: "a", expectedVersion: 1 },
      { pattern: "nothing", expectedVersion: undefined },
      { pattern: "c", expectedVersion: undefined },
    ]);
    expect(removed).toEqual(["a", "c"]);
    expect(after).toEqual({ version: 4, rules: [book.rules[1]] });
  });

  it("changes nothing when there is nothing, or a version is another", () => {
    const nothing = removeRules(book, [{ pattern: "x", expectedVersion: undefined }]);
    expect(nothing).toEqual({ book, removed: [] });
    for (const pattern of ["a", "x"]) {
      expect(() =>
        removeRules(book, [
          { pattern: "b", expectedVersion: undefined },
          { pattern, expectedVersion: 7 },
        ]),
      ).toThrow(expect.objectContaining({ status: 409 }));
    }
  });

  it("lets a pattern come back with a higher version", () => {
    const { book: after } = removeRules(book, [{ pattern: "c", expectedVersion: 3 }]);
    const again = putRules(after, [change("c")], 9);
    expect(again.rules.at(-1)).toMatchObject({ pattern: "c", version: 5 });
  });
});
