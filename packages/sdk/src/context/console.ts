/** `ctx.console`: a console whose lines carry the invocation and are not repeated on replay. */
import type { Attempt } from "../attempt/attempt.ts";
import { RestateLogLevel } from "../logging/logger.ts";

export function createConsole(attempt: Attempt): Console {
  const writer =
    (level: RestateLogLevel) =>
    (...parts: unknown[]): void => {
      attempt.log.user(level, parts);
    };
  const info = writer(RestateLogLevel.INFO);
  const levels = {
    trace: writer(RestateLogLevel.TRACE),
    debug: writer(RestateLogLevel.DEBUG),
    info,
    log: info,
    warn: writer(RestateLogLevel.WARN),
    error: writer(RestateLogLevel.ERROR),
  };
  return Object.assign(Object.create(console), levels) as Console;
}
