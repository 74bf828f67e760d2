/** The server's own log: JSON, one object a line, or lines for a person. */
import { formatLogLine, type Log, type LogLevel, type LogLine } from "@rejoin/server";
import type { OutputStream } from "../environment/cli-environment.ts";
import type { Colours } from "../render/colours.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** `pretty` has the stacks of errors below its lines; of `compact` each line stands for itself. */
export type LogFormat = "json" | "pretty" | "compact";

export interface ServerLogOptions {
  readonly threshold: LogLevel;
  readonly format: LogFormat;
  readonly stream: OutputStream;
  readonly colours: Colours;
  readonly now: () => number;
}

/** A log that drops what is below the threshold. */
export function createServerLog(options: ServerLogOptions): Log {
  const { threshold, format, stream, colours, now } = options;
  const render = renderer(format, colours);
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(threshold)) return;
    const time = new Date(now()).toISOString();
    stream.write(`${render({ time, level, message, fields })}\n`);
  };
}

function renderer(format: LogFormat, colours: Colours): (line: LogLine) => string {
  if (format === "json") return formatLogLine;
  return (line) => renderPretty(line, colours, format === "pretty");
}

function renderPretty(line: LogLine, colours: Colours, withStack: boolean): string {
  const { time, level, message, fields } = line;
  const { error, ...rest } = fields;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}=${toText(value)}`);
  const parts = [
    colours.dim(time.slice(11, 23)),
    paint(level, colours),
    withStack ? message : flat(message),
  ];
  const shown = [...parts, ...pairs.map((pair) => colours.dim(pair))].join(" ");
  if (error === undefined || !withStack) return shown;
  return `${shown}\n  ${textOf(error).replaceAll("\n", "\n  ")}`;
}

function flat(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}

function paint(level: LogLevel, colours: Colours): string {
  const text = level.toUpperCase().padEnd(5);
  switch (level) {
    case "error":
      return colours.red(text);
    case "warn":
      return colours.yellow(text);
    case "info":
      return colours.green(text);
    case "debug":
      return colours.dim(text);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "bigint" ? String(value) : "?";
  }
}
