/** What an attempt needs from its surroundings. */
import type { EndpointMessage } from "@rejoin/protocol";
import type { LoggerTransport, RestateLogLevel } from "../logging/logger.ts";

export interface AttemptPorts {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** An instant of {@link now} as ISO 8601 text. */
  readonly isoTime: (millis: number) => string;
  /**
   * Calls `task` once every microtask that is queued now, and every one that those queue, has run:
   * then user code that only awaits has come to rest.
   */
  readonly afterMicrotasks: (task: () => void) => void;
  readonly log: LoggerTransport;
  /** Whether {@link log} would show such a line at all; asked before a line is put together. */
  readonly isLogged: (level: RestateLogLevel, replaying: boolean) => boolean;
}

/** Where the messages of an attempt go. */
export interface AttemptSink {
  /** In order; called with at least one message. */
  send(messages: readonly EndpointMessage[]): void;
  /** Exactly once, after the terminal message (suspension, error or end) or after an abort. */
  end(): void;
}
