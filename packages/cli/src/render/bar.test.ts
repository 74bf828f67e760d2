import { describe, expect, it } from "vitest";
import { fitScreen } from "../environment/terminal.ts";
import { renderSparkline } from "../top/sparkline.ts";
import { renderBar } from "./bar.ts";
import { PLAIN } from "./colours.ts";

describe("a bar", () => {
  it.each([
    [10, [0, 0], "░░░░░░░░░░"],
    [10, [5, 0], "█████░░░░░"],
    [10, [8, 2], "████████▓▓"],
    [1000, [1, 0], "█░░░░░░░░░"],
    [1000, [999, 0], "█████████░"],
    [1000, [989, 1, 10], "█████████▓"],
    [1000, [500, 1, 1], "█████▓▒░░░"],
    [0, [0, 0], "░░░░░░░░░░"],
    [3, [1, 1, 1], "███▓▓▓▒▒▒▒"],
  ])("of %i with %j is %s", (total, parts, text) => {
    expect(renderBar({ total, parts }, 10, PLAIN)).toBe(text);
  });
});

describe("a sparkline", () => {
  it("shows the largest as the largest, and only nothing as nothing", () => {
    expect(renderSparkline([0, 1, 50, 100])).toBe(" ▁▄█");
    expect(renderSparkline([0, 0])).toBe("  ");
    expect(renderSparkline([])).toBe("");
  });
});

describe("a text on a screen", () => {
  it("is left as it is if there is room", () => {
    expect(fitScreen("a\nb\n", 3, 80)).toBe("a\nb");
  });

  it("is cut after what fits, lines that wrap included", () => {
    expect(fitScreen("a\nb\nc\nd", 4, 80)).toBe("a\nb\n… 2 more lines");
    expect(fitScreen("aaaaa\nb\nc", 4, 3)).toBe("aaaaa\n… 2 more lines");
  });

  it("does not count colours", () => {
    expect(fitScreen("\u001b[31mabc\u001b[39m\nb", 3, 3)).toBe("\u001b[31mabc\u001b[39m\nb");
  });
});
