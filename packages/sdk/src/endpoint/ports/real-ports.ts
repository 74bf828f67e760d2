/** The composition for Node: the only file of the SDK that names a clock, a queue or a console. */
import type { AttemptPorts } from "../../attempt/ports.ts";
import { formatLogPrefix, isLevelEnabled, parseLogLevel } from "../../logging/log-format.ts";
import type { LoggerTransport, RestateLogLevel } from "../../logging/logger.ts";

/** Ports with everything that is not given taken from the platform. */
export function createPorts(given: Partial<AttemptPorts>): AttemptPorts {
  const now = given.now ?? Date.now;
  const isoTime = given.isoTime ?? toIsoTime;
  const afterMicrotasks = given.afterMicrotasks ?? createAfterMicrotasks();
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

/** Taken before anybody can replace them: fake timers of test runners do. */
const { nextTick } = process;
const realSetImmediate = setImmediate;

/** So many turns in a row are taken without letting the event loop turn. */
const TURNS_PER_LOOP = 256;

/**
 * Node runs `nextTick` callbacks that a microtask has queued when no microtask is left. That is much
 * cheaper than an immediate, but starves the event loop: now and then an immediate is taken.
 */
function createAfterMicrotasks(): (task: () => void) => void {
  let turns = 0;
  return (task) => {
    if (++turns % TURNS_PER_LOOP === 0) realSetImmediate(task);
    else queueMicrotask(() => nextTick(task));
  };
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
