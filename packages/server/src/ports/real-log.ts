/** The server's own log: one JSON object a line, on stderr. */
import type { Log, LogLevel } from "./ports.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** A log that drops what is below `threshold`. */
export function createConsoleLog(threshold: LogLevel): Log {
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(threshold)) return;
    const { error, ...rest } = fields;
    const cause = error instanceof Error ? { error: error.stack ?? error.message } : {};
    const line = { time: new Date().toISOString(), level, message, ...rest, ...cause };
    process.stderr.write(`${JSON.stringify(line)}\n`);
  };
}
