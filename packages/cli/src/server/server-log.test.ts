import type { LogLevel } from "@rejoin/server";
import { describe, expect, it } from "vitest";
import { PLAIN } from "../render/colours.ts";
import { createServerLog } from "./server-log.ts";

const now = () => Date.parse("2026-11-21T17:37:46.475Z");

function logLines(
  format: "json" | "pretty" | "compact",
  write: (log: ReturnType<typeof createServerLog>) => void,
  threshold: LogLevel = "info",
): string[] {
  const parts: string[] = [];
  const stream = { isTerminal: false, write: (part: string) => void parts.push(part) };
  write(createServerLog({ threshold, format, stream, colours: PLAIN, now }));
  return parts.join("").split("\n").slice(0, -1);
}

describe("JSON lines", () => {
  it("hold time, level, message and fields", () => {
    const [line = ""] = logLines("json", (log) => {
      log("warn", "slow", { partition: 0, error: new Error("late"), big: 1n });
    });
    expect(JSON.parse(line)).toEqual({
      time: "2026-11-21T17:37:46.475Z",
      level: "warn",
      message: "slow",
      partition: 0,
      error: expect.stringContaining("Error: late"),
      big: "1",
    });
  });

  it("leave out what is below the threshold", () => {
    const lines = logLines("json", (log) => {
      for (const level of ["debug", "info", "warn", "error"] as const) log(level, level);
    });
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(["info", "warn", "error"]);
  });
});

describe("lines for people", () => {
  it("have the time of day, the fields, and the stack below", () => {
    const error = Object.assign(new Error("late"), { stack: "Error: late\nat x" });
    const lines = logLines("pretty", (log) => log("error", "slow", { id: "inv_1", n: 2, error }));
    expect(lines).toEqual(["17:37:46.475 ERROR slow id=inv_1 n=2", "  Error: late", "  at x"]);
  });

  it("may be one for each message", () => {
    const error = new Error("late");
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const lines = logLines("compact", (log) =>
      log("warn", "slow:\n  late", { n: 2, error, cyclic }),
    );
    expect(lines).toEqual(["17:37:46.475 WARN  slow: late n=2 cyclic=?"]);
  });
});
