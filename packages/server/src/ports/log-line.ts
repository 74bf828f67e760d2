/**
 * A line of a log as JSON, for machines:
 *
 * | field | |
 * |---|---|
 * | `time` | ISO 8601, in UTC |
 * | `level` | `debug`, `info`, `warn` or `error` |
 * | `message` | what happened, in lower case |
 * | others | ids of what it happened to, such as `invocation`, `target`, `partition`, `code`; `error` is a stack |
 *
 * Lines hold no payloads, no state and no headers of users.
 */
import type { LogLevel } from "./ports.ts";

export interface LogLine {
  /** ISO 8601, in UTC. */
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const OWN: ReadonlySet<string> = new Set(["time", "level", "message"]);

/** Never throws: what cannot be written as JSON is written as text. Without a newline. */
export function formatLogLine({ time, level, message, fields }: LogLine): string {
  const others = Object.entries(fields).filter(([name]) => !OWN.has(name));
  try {
    return JSON.stringify({ time, level, message, ...Object.fromEntries(others) }, toJson);
  } catch {
    const texts = others.map(([name, value]) => [name, safeText(value)]);
    return JSON.stringify({ time, level, message, ...Object.fromEntries(texts) });
  }
}

function toJson(_name: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "bigint" ? String(value) : value;
}

function safeText(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Error) return value.stack ?? value.message;
  try {
    return String(value);
  } catch {
    return "?";
  }
}
