import { describe, expect, it } from "vitest";
import { formatLogLine } from "./log-line.ts";

const HEAD = {
  time: "2026-11-21T17:37:46.475Z",
  level: "warn",
  message: "slow",
} as const;

function parse(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const line = formatLogLine({ ...HEAD, fields });
  expect(line).not.toContain("\n");
  return JSON.parse(line);
}

describe("a log line", () => {
  it("holds time, level, message and fields", () => {
    const error = Object.assign(new Error("late"), { stack: "Error: late\nat x" });
    expect(parse({ invocation: "inv_1", error, n: 1n, bytes: new Uint8Array(3) })).toEqual({
      time: "2026-11-21T17:37:46.475Z",
      level: "warn",
      message: "slow",
      invocation: "inv_1",
      error: "Error: late\nat x",
      n: "1",
      bytes: "3 bytes",
    });
  });

  it("keeps its own fields, whatever others are called", () => {
    expect(parse({ message: "other", level: 1, time: 2 })).toMatchObject({
      message: "slow",
      level: "warn",
    });
  });

  it("is written also of what JSON cannot hold", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const hostile = {
      toJSON: () => {
        throw new Error("no");
      },
      toString: () => {
        throw new Error("no");
      },
    };
    expect(parse({ cyclic, n: 1 })).toMatchObject({ cyclic: "[object Object]", n: 1 });
    expect(parse({ hostile })).toMatchObject({ message: "slow", hostile: "?" });
  });
});
