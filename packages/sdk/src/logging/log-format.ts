/** The text of a log line and its threshold; pure. */
import { type LogMetadata, RestateLogLevel } from "./logger.ts";

const RANKS: Readonly<Record<RestateLogLevel, number>> = {
  trace: 1,
  debug: 2,
  info: 3,
  warn: 4,
  error: 5,
};

/** Whether a line of `level` passes a threshold. */
export function isLevelEnabled(level: RestateLogLevel, threshold: RestateLogLevel): boolean {
  return RANKS[level] >= RANKS[threshold];
}

/** The level of an environment variable; throws a `TypeError` for an unknown name. */
export function parseLogLevel(name: string | undefined): RestateLogLevel {
  if (name === undefined || name === "") return RestateLogLevel.INFO;
  const level = name.toLowerCase();
  if (level in RANKS) return level as RestateLogLevel;
  throw new TypeError(`unknown log level ${name}: use TRACE, DEBUG, INFO, WARN or ERROR`);
}

/** `[rejoin][<ISO time>][<target>][<invocation id>] INFO:` */
export function formatLogPrefix(metadata: LogMetadata, isoTime: string): string {
  const { context, level } = metadata;
  let prefix = `[rejoin][${isoTime}]`;
  if (context !== undefined) {
    prefix += `[${context.invocationTarget}][${context.invocationId}]`;
    for (const [name, value] of Object.entries(context.additionalContext ?? {})) {
      prefix += `[${name}: ${value}]`;
    }
  }
  return `${prefix} ${level.toUpperCase()}:`;
}
