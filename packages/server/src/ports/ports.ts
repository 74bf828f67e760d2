/**
 * What the server needs from its surroundings besides the store and the network. Tests and the
 * simulator pass their own, and drive the real code on virtual time.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

export interface Timers {
  /** Calls `callback` once after `delayMs`; the result cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface Scheduler {
  /** Calls `callback` after what is running now and the promises that wait for it. */
  soon(callback: () => void): void;
}

export interface RandomSource {
  /** `length` random bytes, good enough for identifiers. */
  bytes(length: number): Uint8Array;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Log = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

export interface Ports {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly random: RandomSource;
  readonly log: Log;
}
