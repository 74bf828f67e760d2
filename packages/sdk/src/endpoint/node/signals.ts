/** Ends what is served when the process is asked to end. */
import { constants } from "node:os";

/** What is drained on a signal. */
export interface Drainable {
  drain(timeoutMs: number): Promise<void>;
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
type Signal = (typeof SIGNALS)[number];

const DRAIN_TIMEOUT_MS = 10_000;
/** The shell's code for a process that a signal has ended is this and the signal's number. */
const SIGNALLED_EXIT_CODE = 128;

/**
 * Tells listeners of this kind, of any copy of this module, from those of the user: the process is
 * ended by the last of them, and only if the user has none.
 */
const MARK = Symbol.for("rejoin.drain-listener");

/** On the first signal drains; the process ends then, or at once on the second. */
export function drainOnSignals(server: Drainable): void {
  let draining = false;
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
  const listener = Object.assign(
    (signal: Signal) => {
      const isOwner = !hasListeners(signal, (other) => !(MARK in other));
      if (draining) {
        if (isOwner) process.exit(SIGNALLED_EXIT_CODE + constants.signals[signal]);
        return;
      }
      draining = true;
      void server.drain(DRAIN_TIMEOUT_MS).then(() => {
        stop();
        if (isOwner && !hasListeners(signal, (other) => MARK in other)) process.exit(0);
      });
    },
    { [MARK]: true },
  );
  for (const signal of SIGNALS) process.on(signal, listener);
}

function hasListeners(signal: Signal, matches: (listener: object) => boolean): boolean {
  return process.listeners(signal).some((listener) => matches(listener));
}
