/**
 * The composition for any runtime: with its neighbours the only file of the SDK that names a clock,
 * a queue or a console. What only some runtimes have is asked for before it is used.
 */
import type { AttemptPorts } from "../../attempt/ports.ts";
import { formatLogPrefix, isLevelEnabled, parseLogLevel } from "../../logging/log-format.ts";
import type { LoggerTransport, RestateLogLevel } from "../../logging/logger.ts";

/** Ports with everything that is not given taken from the platform. */
export function createPorts(given: Partial<AttemptPorts>): AttemptPorts {
  const now = given.now ?? Date.now;
  const isoTime = given.isoTime ?? toIsoTime;
  const afterMicrotasks = given.afterMicrotasks ?? afterEventLoopTurn;
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
  const threshold = parseLogLevel(
    readEnvironment("REJOIN_LOGGING") ?? readEnvironment("RESTATE_LOGGING"),
  );
  const isLogged = (level: RestateLogLevel, replaying: boolean) =>
    !replaying && isLevelEnabled(level, threshold);
  const log = createConsoleTransport(() => isoTime(now()));
  return { now, isoTime, afterMicrotasks, log, isLogged };
}

/** Taken before anybody can replace them: fake timers of test runners do. */
const takeTurn: (task: () => void) => void =
  typeof setImmediate === "function" ? setImmediate : setTimeout;

/** The event loop turns when no microtask is left. */
function afterEventLoopTurn(task: () => void): void {
  takeTurn(task);
}

/** An environment variable; undefined too where there are none, or where they may not be read. */
export function readEnvironment(name: string): string | undefined {
  try {
    return typeof process === "undefined" ? undefined : process.env?.[name];
  } catch {
    return undefined;
  }
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
