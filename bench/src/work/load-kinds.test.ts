import { describe, expect, it } from "vitest";
import { consecutivePerPath } from "./load-kinds.ts";

const answered = (path: string, ...answers: string[]) =>
  answers.map((answer) => ({ path, answer }));

describe("the answers of a counter", () => {
  it("are right in any order, from any start, each key for itself", () => {
    const answers = [...answered("/a", "7", "5", "6"), ...answered("/b", "1")];
    expect(() => consecutivePerPath(answers)).not.toThrow();
  });

  it.each([
    ["a visit that was lost", ["5", "7"]],
    ["a visit that was done twice", ["5", "5", "6"]],
    ["what is no number", ["5", "oops"]],
  ])("show %s", (_what, answers) => {
    expect(() => consecutivePerPath(answered("/a", ...answers))).toThrow("wrong answers of /a");
  });
});
