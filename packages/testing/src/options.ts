/** How a test environment is made. */
import type { EndpointOptions } from "@rejoin/sdk";
import type { Limits, Log, ServerDefaults } from "@rejoin/server/internal";
import type { TimeMode } from "./time/driver.ts";

export interface TestEnvironmentOptions extends EndpointOptions {
  /**
   * Where the data lies: in memory, or in a directory of this file system, which outlives the
   * environment. By default in memory.
   */
  readonly storage?: "memory" | { readonly directory: string };
  /**
   * How time passes for the server, and for what handlers ask it for: timers, delays, retries,
   * `ctx.date`.
   *
   * - `skip`, the default: time stands still, and jumps to the next timer when somebody waits for a
   *   result and nothing can happen without it.
   * - `manual`: time stands still until the test calls `advance`.
   * - `real`: time is that of the machine.
   *
   * `Date.now()` and `setTimeout` in a handler are those of the machine, always.
   */
  readonly time?: TimeMode;
  /** Where virtual time begins; by default now. */
  readonly startTime?: Date | number;
  /** Makes ids the same in every run, and with them `ctx.rand`. By default they are random. */
  readonly seed?: number;
  /**
   * Suspends a handler at every await, so that it replays its journal each time. What is not
   * deterministic shows. By default handlers are suspended when they are idle for a while.
   */
  readonly alwaysReplay?: boolean;
  /** Lets a handler that fails have no other attempt: its invocation fails with the error. */
  readonly disableRetries?: boolean;
  /**
   * What becomes of an invocation whose replay differs from its journal. `fail`, the default: it
   * fails at once with the difference, and so does `close()`. `retry`: as its options say.
   */
  readonly nonDeterminism?: "fail" | "retry";
  /** What holds for handlers that do not say otherwise. */
  readonly defaults?: Partial<ServerDefaults>;
  /** Bounds other than the default ones. */
  readonly limits?: Partial<Limits>;
  /** The newest protocol version used for new invocations: 5, 6 or 7, the default. */
  readonly maxProtocolVersion?: number;
  /**
   * A call that waits for this many milliseconds of real time, while nothing happens and nothing
   * can, fails with a description of what is open. By default 2,000; `Infinity` for never.
   */
  readonly stuckAfterMs?: number;
  /** Where the server's own log lines go; by default errors go to stderr. */
  readonly log?: Log;
}

export const STUCK_AFTER_MS = 2000;
