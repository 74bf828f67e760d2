/** The composition for Node: the only file of the SDK that names a clock, a queue or a console. */
import type { AttemptPorts } from "../../attempt/ports.ts";
import { formatLogPrefix, isLevelEnabled, parseLogLevel } from "../../logging/log-format.ts";
import type { LoggerTransport, RestateLogLevel } from "../../logging/logger.ts";

/** Ports with everything that is not given taken from the platform. */
export function createPorts(given: Partial<AttemptPorts>): AttemptPorts {
  const now = given.now ?? Date.now;
  const isoTime = given.isoTime ?? toIsoTime;
  const afterMicrotasks = given.afterMicrotasks ?? afterNodeMicrotasks;
  if (given.log !== undefined) {
    // A transport of the user's own receives every line and decides itself.
    return {
      now,
      isoTime,
      afterMicrotasks,
      log: given.log,
      isLogged: given.isLogged ?? (() => true),
    };
  }
  const threshold = parseLogLevel(process.env.REJOIN_LOGGING ?? process.env.RESTATE_LOGGING);
  const isLogged = (level: RestateLogLevel, replaying: boolean) =>
    !replaying && isLevelEnabled(level, threshold);
  const log = createConsoleTransport(() => isoTime(now()));
  return { now, isoTime, afterMicrotasks, log, isLogged };
}

/** Taken before anybody can replace it: fake timers of test runners do. */
const { nextTick } = process;

/** Node runs `nextTick` callbacks that a microtask has queued when no microtask is left. */
function afterNodeMicrotasks(task: () => void): void {
  queueMicrotask(() => nextTick(task));
}

function toIsoTime(millis: number): string {
  return new Date(millis).toISOString();
}

function createConsoleTransport(isoNow: () => string): LoggerTransport {
  return (metadata, message, ...rest) => {
    const prefix = formatLogPrefix(metadata, isoNow());
    console[metadata.level](prefix, message, ...rest);
  };
}
