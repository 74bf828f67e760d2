/** The server's own log: one JSON object a line, on stderr. */
import { formatLogLine } from "./log-line.ts";
import type { Log, LogLevel } from "./ports.ts";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** A log that drops what is below `threshold`. */
export function createConsoleLog(threshold: LogLevel): Log {
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(threshold)) return;
    const time = new Date().toISOString();
    process.stderr.write(`${formatLogLine({ time, level, message, fields })}\n`);
  };
}
