/** The server's own log: JSON, one object a line, or lines for a person. */
import type { Log, LogLevel } from "@rejoin/server";
import type { OutputStream } from "../environment/cli-environment.ts";
import type { Colours } from "../render/colours.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export interface ServerLogOptions {
  readonly threshold: LogLevel;
  readonly format: "json" | "pretty";
  readonly stream: OutputStream;
  readonly colours: Colours;
  readonly now: () => number;
}

/** A log that drops what is below the threshold. */
export function createServerLog(options: ServerLogOptions): Log {
  const { threshold, format, stream, now } = options;
  const render = format === "json" ? renderJson : renderPretty;
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(threshold)) return;
    const time = new Date(now()).toISOString();
    stream.write(`${render({ time, level, message, fields }, options.colours)}\n`);
  };
}

interface Line {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function renderJson({ time, level, message, fields }: Line): string {
  return JSON.stringify({ time, level, message, ...fields }, (_key, value: unknown) =>
    value instanceof Error ? textOf(value) : typeof value === "bigint" ? String(value) : value,
  );
}

function renderPretty({ time, level, message, fields }: Line, colours: Colours): string {
  const { error, ...rest } = fields;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}=${toText(value)}`);
  const head = `${colours.dim(time.slice(11, 23))} ${paint(level, colours)} ${message}`;
  const line = [head, ...pairs.map((pair) => colours.dim(pair))].join(" ");
  return error === undefined ? line : `${line}\n  ${textOf(error).replaceAll("\n", "\n  ")}`;
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
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}
